// The words of TorchScript code.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace paramnet {

enum class TokenKind { name, number, string, sign, wrong };

struct Token {
    TokenKind kind;
    std::string_view text;  // of a string without its quotes; of what is wrong: what it is
    std::size_t line;
};

// Blanks and comments are left out.  Ends at the first thing that has no place in code, which is its last token.
std::vector<Token> tokens_of(std::string_view code);

}  // namespace paramnet

// The tokens of TorchScript code.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace paramnet {

enum class TokenKind { name, number, string, sign, wrong };

struct Token {
    TokenKind kind;
    std::string_view text;  // of a string: without its quotes; of an error: a description
    std::size_t line;
};

// Blanks and comments are skipped.  Ends at the first invalid text, which is the last token.
std::vector<Token> tokens_of(std::string_view code);

}  // namespace paramnet

#include "backends/torch/tokens.hpp"

#include <algorithm>
#include <utility>

namespace paramnet {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_'; }
bool is_control(char letter) { return (letter >= 0 && letter < 32) || letter == 127; }

// Numeric value of an escape, octal (up to three digits) or x and two hexadecimal digits; -1: it is a letter.
int escaped_number(std::string_view text) {
    int value = 0;
    if (text.size() >= 3 && text[0] == 'x') {
        for (const char digit : text.substr(1, 2)) {
            const std::size_t found = std::string_view("0123456789abcdef0123456789ABCDEF").find(digit);
            if (found == std::string_view::npos) return -1;
            value = value * 16 + static_cast<int>(found % 16);
        }
        return value;
    }
    std::size_t count = 0;
    for (; count < 3 && count < text.size() && text[count] >= '0' && text[count] <= '7'; ++count) value = value * 8 + (text[count] - '0');
    return count > 0 ? value : -1;
}

// Return true if the escapes in a text give terminal control characters; newline and tab are allowed.
bool has_control(std::string_view text) {
    for (std::size_t index = 0; index + 1 < text.size(); ++index) {
        if (text[index] != '\\') continue;
        const int value = escaped_number(text.substr(++index));
        if (value >= 0 && (value < 32 || value == 127) && value != 9 && value != 10 && value != 13) return true;
        if (std::string_view("abfv").find(text[index]) != std::string_view::npos) return true;
    }
    return false;
}

class Lexer {
public:
    explicit Lexer(std::string_view code) : code_(code) {}

    std::vector<Token> tokens() {
        while (skip_blanks() && read()) {
        }
        return std::move(tokens_);
    }

private:
    char here(std::size_t ahead = 0) const { return position_ + ahead < code_.size() ? code_[position_ + ahead] : '\0'; }

    // false at the end of the code.
    bool skip_blanks() {
        while (position_ < code_.size()) {
            const std::size_t escaped = here() != '\\' ? 0 : here(1) == '\n' ? 2 : here(1) == '\r' && here(2) == '\n' ? 3 : 0;
            if (here() == '#') {
                position_ = std::min(code_.find('\n', position_), code_.size());
            } else if (escaped > 0) {
                ++line_;
                position_ += escaped;
            } else if (here() == ' ' || here() == '\t' || here() == '\r' || here() == '\n') {
                line_ += here() == '\n';
                ++position_;
            } else {
                return true;
            }
        }
        return false;
    }

    // false where the text is not code.
    bool read() {
        const char first = here();
        if (is_letter(first)) return add(TokenKind::name, name_length());
        if (is_digit(first)) return add(TokenKind::number, number_length());
        if (first == '"' || first == '\'') return read_string(first);
        if (std::string_view("!$%&()*+,-./:;<=>?@[]^`{|}~").find(first) != std::string_view::npos) return add(TokenKind::sign, 1);
        return wrong("a character that has no place in code");
    }

    std::size_t name_length() const {
        std::size_t length = 1;
        while (is_letter(here(length)) || is_digit(here(length))) ++length;
        return length;
    }

    std::size_t number_length() const {
        std::size_t length = 1;
        while (is_digit(here(length))) ++length;
        if (here(length) == '.') ++length;
        while (is_digit(here(length))) ++length;
        if (here(length) != 'e' && here(length) != 'E') return length;
        std::size_t exponent = length + 1;
        if (here(exponent) == '+' || here(exponent) == '-') ++exponent;
        if (!is_digit(here(exponent))) return length;
        while (is_digit(here(exponent))) ++exponent;
        return exponent;
    }

    bool read_string(char quote) {
        std::size_t length = 1;
        while (position_ + length < code_.size() && here(length) != quote) {
            if (here(length) == '\\') ++length;
            if (is_control(here(length)) || position_ + length >= code_.size()) return wrong("a text that does not end in its line");
            ++length;
        }
        if (position_ + length >= code_.size()) return wrong("a text that does not end in its line");
        const std::string_view text = code_.substr(position_ + 1, length - 1);
        if (has_control(text)) return wrong("a text with control characters");
        tokens_.push_back({TokenKind::string, text, line_});
        position_ += length + 1;
        return true;
    }

    bool add(TokenKind kind, std::size_t length) {
        tokens_.push_back({kind, code_.substr(position_, length), line_});
        position_ += length;
        return true;
    }

    bool wrong(std::string_view what) {
        tokens_.push_back({TokenKind::wrong, what, line_});
        return false;
    }

    std::string_view code_;
    std::size_t position_ = 0, line_ = 1;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view code) { return Lexer(code).tokens(); }

}  // namespace paramnet

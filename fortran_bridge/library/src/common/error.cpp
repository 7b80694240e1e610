#include "common/error.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace paramnet {
namespace {
thread_local std::array<char, 4096> failure{};

// Names in a file may contain terminal control characters; in our messages only newlines and tabs are allowed.
void make_printable(char* message) noexcept {
    for (char* letter = message; *letter != '\0'; ++letter) {
        const auto value = static_cast<unsigned char>(*letter), next = static_cast<unsigned char>(letter[1]);
        const bool control = (value < 32 && value != '\n' && value != '\t') || value == 127;
        const bool wide_control = value == 0xC2 && next >= 0x80 && next < 0xA0;  // UTF-8
        if (wide_control) letter[1] = '?';
        if (control || wide_control) *letter = '?';
    }
}
}

std::int32_t remember_failure(std::int32_t status, const char* message) noexcept {
    std::snprintf(failure.data(), failure.size(), "%s", message);
    make_printable(failure.data());
    return status;
}

const char* last_failure() noexcept { return failure.data(); }

std::string text(double value) {
    std::array<char, 32> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 7);
    return {buffer.data(), written.ptr};
}

}  // namespace paramnet

#include "error.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace paramnet {
namespace {
thread_local std::array<char, 4096> failure{};
}

std::int32_t remember_failure(std::int32_t status, const char* message) noexcept {
    std::snprintf(failure.data(), failure.size(), "%s", message);
    return status;
}

const char* last_failure() noexcept { return failure.data(); }

std::string text(double value) {
    std::array<char, 32> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 7);
    return {buffer.data(), written.ptr};
}

}  // namespace paramnet

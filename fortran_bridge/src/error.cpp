#include "error.hpp"

#include <array>
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
    std::snprintf(buffer.data(), buffer.size(), "%.7g", value);
    return buffer.data();
}

}  // namespace paramnet

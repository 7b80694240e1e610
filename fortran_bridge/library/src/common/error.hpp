// The library's only exception, and its report: a status code, and a text stored for the calling thread.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "common/message.hpp"
#include "paramnet.h"

namespace paramnet {

class Error final : public std::exception {
public:
    Error(std::int32_t status, const Message& message) : status_(status), message_(sentence(message)) {}

    const char* what() const noexcept override { return message_.c_str(); }
    std::int32_t status() const noexcept { return status_; }

private:
    std::int32_t status_;
    std::string message_;
};

// Keeps `message` (cut to a fixed length, so that it works when memory has run out) for paramnet_last_error.
std::int32_t remember_failure(std::int32_t status, const char* message) noexcept;
const char* last_failure() noexcept;

// "1.5" instead of std::to_string's "1.500000", independent of the host's locale: "%.7g" would write "1,5" in some.
std::string text(double value);

}  // namespace paramnet

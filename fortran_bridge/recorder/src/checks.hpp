// What the host says is checked where it says it.
#pragma once

#include <algorithm>
#include <string>

#include "common/error.hpp"

namespace paramnet {

[[noreturn]] inline void refuse(const std::string& what, const std::string& expected, const std::string& got,
                                const std::string& remedy = "") {
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = what, .expected = expected, .got = got, .remedy = remedy});
}

// A name of letters, digits and _, as files, variables and contracts have it.
inline bool is_plain(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

}  // namespace paramnet

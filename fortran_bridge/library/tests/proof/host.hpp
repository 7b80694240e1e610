// A host in C++: contiguous columns for any scheme, through the C ABI only.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "paramnet.h"

namespace proof {

inline void require(bool condition, const std::string& what) {
    if (condition) return;
    std::fprintf(stderr, "not so: %s (last error: %s)\n", what.c_str(), paramnet_last_error());
    std::exit(1);
}

inline void succeed(std::int32_t status, const char* what) { require(status == PARAMNET_OK, what); }

inline std::int64_t width(const paramnet_scheme* scheme, std::int32_t direction) {
    std::int64_t count = 0, sum = 0;
    succeed(paramnet_variable_count(scheme, direction, &count), "variable_count");
    for (std::int64_t index = 0; index < count; ++index) {
        paramnet_variable variable;
        succeed(paramnet_variable_info(scheme, direction, index, &variable), "variable_info");
        sum += variable.levels;
    }
    return sum;
}

inline paramnet_scheme* load(const char* path, std::int32_t threads = 1) {
    paramnet_options options;
    succeed(paramnet_options_init(&options), "options_init");
    options.threads = threads;
    paramnet_scheme* scheme = nullptr;
    succeed(paramnet_load(path, &options, &scheme), "load");
    return scheme;
}

// (column, width) of numbers that depend only on their position.
inline std::vector<double> columns_of(std::int64_t columns, std::int64_t width) {
    std::vector<double> values(static_cast<std::size_t>(columns * width));
    std::uint32_t state = 20240229;
    for (double& value : values) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<double>(state >> 8) / (1 << 24) - 0.5;
    }
    return values;
}

inline paramnet_array array_of(std::vector<double>& values, std::int64_t columns) {
    const auto levels = static_cast<std::int64_t>(values.size()) / columns;
    return {values.data(), columns, levels, 1, columns, PARAMNET_REAL64, 0};
}

}  // namespace proof

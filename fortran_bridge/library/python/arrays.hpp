// Python interface to the C ABI: numpy arrays described in place, and failures as StatusError.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "common/message.hpp"
#include "paramnet.h"

class StatusError : public std::runtime_error {
public:
    StatusError(std::int32_t code, const paramnet::Message& message) : std::runtime_error(sentence(message)), status(code) {}
    std::int32_t status;
};

inline void check(std::int32_t status) {
    if (status != PARAMNET_OK) throw StatusError(status, {.what = paramnet_last_error()});
}

inline std::int64_t elements(const std::string& name, const pybind11::array& array, pybind11::ssize_t axis) {
    const pybind11::ssize_t bytes = array.strides(axis), size = array.itemsize();
    if (bytes % size != 0)
        throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT,
                          {.what = name, .expected = "strides in whole numbers of its elements",
                           .got = std::to_string(bytes) + " bytes", .remedy = "copy the array first"});
    return bytes / size;
}

// layout: "column,level", "level,column" (rank 2), "column", "level" (rank 1); empty: the first that fits the rank.
inline paramnet_array described(const std::string& name, const pybind11::array& array, const std::string& layout,
                                std::int32_t options = 0) {
    const auto refuse = [&](const std::string& expected, const std::string& got) {
        throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = name, .expected = expected, .got = got});
    };
    paramnet_array result{};
    result.options = options;
    if (array.dtype().equal(pybind11::dtype::of<float>())) result.kind = PARAMNET_REAL32;
    if (array.dtype().equal(pybind11::dtype::of<double>())) result.kind = PARAMNET_REAL64;
    if (result.kind == 0)
        refuse("float32 or float64 in native byte order", std::string(pybind11::str(array.dtype())));
    if (array.ndim() != 1 && array.ndim() != 2) refuse("1 or 2 dimensions", std::to_string(array.ndim()));
    const bool two = array.ndim() == 2;
    if (!layout.empty() && layout != "column,level" && layout != "level,column" && layout != "column" && layout != "level")
        refuse("layout 'column,level', 'level,column', 'column' or 'level'", "'" + layout + "'");
    if (!layout.empty() && (layout == "column,level" || layout == "level,column") != two)
        refuse("a layout of " + std::to_string(array.ndim()) + " dimension(s)", "'" + layout + "'");
    const bool level_first = layout == "level,column" || layout == "level";
    std::pair<std::int64_t, std::int64_t> first{array.shape(0), elements(name, array, 0)}, second{1, 0};
    if (two) second = {array.shape(1), elements(name, array, 1)};
    if (level_first) std::swap(first, second);
    result.data = const_cast<void*>(array.data());
    std::tie(result.columns, result.column_stride) = first;
    std::tie(result.levels, result.level_stride) = second;
    return result;
}

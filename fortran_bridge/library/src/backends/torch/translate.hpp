// Translates libtorch's exceptions to the library's.
#pragma once

#include <c10/util/Exception.h>

#include <stdexcept>
#include <string>

#include "common/error.hpp"

namespace paramnet {

// libtorch's CPU allocator has no separate exception type.
inline bool is_out_of_memory(const std::string& what) {
    return what.find("not enough memory") != std::string::npos || what.find("can't allocate memory") != std::string::npos;
}

// libtorch's exceptions contain C++ backtraces; only the first line is useful to a modeller.
template <typename Function>
auto translate(const std::string& doing, Function&& function) {
    try {
        return function();
    } catch (const c10::OutOfMemoryError& problem) {
        throw Error(PARAMNET_STATUS_OUT_OF_MEMORY,
                    {.what = doing + ": out of memory: " + problem.what_without_backtrace()});
    } catch (const c10::Error& problem) {
        const std::string what = problem.what_without_backtrace();
        throw Error(is_out_of_memory(what) ? PARAMNET_STATUS_OUT_OF_MEMORY : PARAMNET_STATUS_BACKEND,
                    {.what = doing + ": libtorch failed: " + what});
    } catch (const std::runtime_error& problem) {  // thrown by the TorchScript interpreter and compiled packages
        throw Error(PARAMNET_STATUS_BACKEND, {.what = doing + ": libtorch failed: " + problem.what()});
    }
}

}  // namespace paramnet

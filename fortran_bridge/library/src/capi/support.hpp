// Common to all functions of the C ABI: catches exceptions, reports null pointers, looks up handles.
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <string>

#include "capi/handles.hpp"
#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/host_state.hpp"

namespace paramnet {

template <typename Function>
std::int32_t guarded(Function&& function) noexcept {
    const FloatingPointGuard floating_point;
    try {
        function();
        return PARAMNET_OK;
    } catch (const Error& problem) {
        return remember_failure(problem.status(), problem.what());
    } catch (const std::bad_alloc&) {
        return remember_failure(PARAMNET_STATUS_OUT_OF_MEMORY, "out of memory on the host");
    } catch (const std::exception& problem) {
        return remember_failure(PARAMNET_STATUS_INTERNAL, problem.what());
    } catch (...) {
        return remember_failure(PARAMNET_STATUS_INTERNAL, "an exception of unknown type");
    }
}

template <typename Type>
Type& required(Type* pointer, const char* what) {
    if (pointer == nullptr)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string(what), .expected = "an address", .got = "NULL"});
    return *pointer;
}

inline std::string word(const char* characters, const char* what) { return &required(characters, what); }

inline bool yes_or_no(std::int32_t value, const char* what) {
    if (value != 0 && value != 1)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string(what), .expected = "0 or 1", .got = std::to_string(value)});
    return value == 1;
}

}  // namespace paramnet

// The C ABI: state of a scheme and its random numbers.
#include <limits>
#include <string>

#include "backends/native/isa.hpp"
#include "capi/support.hpp"

using paramnet::Error;
using paramnet::find_scheme;
using paramnet::guarded;
using paramnet::required;

namespace {

// An array of `size` elements, which may be NULL if there are none.
template <typename Type>
std::span<Type> array_of(Type* data, std::int64_t size, const char* what) {
    if (size < 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = what, .expected = "a size of 0 or more", .got = std::to_string(size)});
    if (size > 0) required(data, what);
    return {data, static_cast<std::size_t>(size)};
}

std::uint32_t word_of(std::int64_t value, const char* what) {
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = what, .expected = "0 to " + std::to_string(std::numeric_limits<std::uint32_t>::max()),
                     .got = std::to_string(value)});
    return static_cast<std::uint32_t>(value);
}

}  // namespace

std::int32_t paramnet_bind_columns(paramnet_scheme* scheme, std::int64_t ncol, const std::int64_t* numbers) {
    return guarded([&] { find_scheme(scheme).bind_columns(array_of(numbers, ncol, "numbers")); });
}

std::int32_t paramnet_set_step(paramnet_scheme* scheme, std::int64_t step) {
    return guarded([&] { find_scheme(scheme).model().set_step(step); });
}

std::int32_t paramnet_set_noise(paramnet_scheme* scheme, std::int64_t seed, std::int64_t member) {
    return guarded([&] { find_scheme(scheme).model().set_noise(seed, member); });
}

std::int32_t paramnet_set_stochastic(paramnet_scheme* scheme, std::int32_t on) {
    return guarded([&] { find_scheme(scheme).model().set_stochastic(paramnet::yes_or_no(on, "stochastic")); });
}

std::int32_t paramnet_state_size(const paramnet_scheme* scheme, std::int64_t* size) {
    return guarded([&] { required(size, "size") = find_scheme(scheme).manifest().state_size(); });
}

std::int32_t paramnet_random_numbers(const paramnet_scheme* scheme, std::int64_t* count) {
    return guarded([&] { required(count, "count") = find_scheme(scheme).manifest().random_numbers; });
}

std::int32_t paramnet_start_state(paramnet_scheme* scheme) {
    return guarded([&] { find_scheme(scheme).start_state(); });
}

std::int32_t paramnet_set_state(paramnet_scheme* scheme, std::int64_t size, const float* state) {
    return guarded([&] { find_scheme(scheme).set_state(array_of(state, size, "state")); });
}

std::int32_t paramnet_get_state(const paramnet_scheme* scheme, std::int64_t size, float* state) {
    return guarded([&] { find_scheme(scheme).get_state(array_of(state, size, "state")); });
}

std::int32_t paramnet_standard_normal(std::int64_t seed, std::int64_t member, std::int64_t step, std::int64_t ncol,
                                      const std::int64_t* columns, std::int64_t draws, float* numbers) {
    return guarded([&] {
        const auto at = array_of(columns, ncol, "columns");
        array_of(numbers, ncol * draws, "numbers");
        for (const std::int64_t column : at)
            if (column < 0)
                throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                            {.what = "columns", .expected = "numbers of at least 0", .got = std::to_string(column)});
        paramnet::native::choose_kernels().normals({word_of(seed, "seed"), word_of(member, "member"), word_of(step, "step"), columns,
                                                    ncol, draws, numbers, ncol});
    });
}

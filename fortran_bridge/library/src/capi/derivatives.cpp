// The C ABI: tangent and adjoint.
#include <string>

#include "capi/support.hpp"

using paramnet::Error;
using paramnet::find_scheme;
using paramnet::guarded;
using paramnet::required;
using paramnet::word;

namespace {

paramnet::Precision precision_of(std::int32_t kind) {
    if (kind == PARAMNET_REAL32) return paramnet::Precision::float32;
    if (kind == PARAMNET_REAL64) return paramnet::Precision::float64;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = "linearize", .expected = "kind PARAMNET_REAL32 (4) or PARAMNET_REAL64 (8)",
                                                   .got = std::to_string(kind)});
}

}  // namespace

std::int32_t paramnet_bind_input_perturbation(paramnet_scheme* scheme, const char* name, const char* units,
                                              const paramnet_array* array) {
    return guarded([&] {
        find_scheme(scheme).bind_input_perturbation(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_bind_output_perturbation(paramnet_scheme* scheme, const char* name, const char* units,
                                               const paramnet_array* array) {
    return guarded([&] {
        find_scheme(scheme).bind_output_perturbation(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_linearize(paramnet_scheme* scheme, std::int64_t ncol, std::int32_t kind) {
    return guarded([&] { find_scheme(scheme).linearize(ncol, precision_of(kind)); });
}

std::int32_t paramnet_tangent(paramnet_scheme* scheme, std::int64_t ncol) {
    return guarded([&] { find_scheme(scheme).tangent(ncol); });
}

std::int32_t paramnet_adjoint(paramnet_scheme* scheme, std::int64_t ncol) {
    return guarded([&] { find_scheme(scheme).adjoint(ncol); });
}

std::int32_t paramnet_difference(paramnet_scheme* scheme, std::int64_t ncol) {
    return guarded([&] { find_scheme(scheme).difference(ncol); });
}

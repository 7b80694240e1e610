// The C ABI: checks pointers, and turns every exception into a status and a text.
#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "backend.hpp"
#include "error.hpp"
#include "host/host_state.hpp"
#include "paramnet.h"
#include "host/scheme.hpp"

struct paramnet_scheme {
    paramnet::Scheme scheme;
};

namespace {

using paramnet::Error;

template <typename Function>
std::int32_t guarded(Function&& function) noexcept {
    const paramnet::FloatingPointGuard floating_point;
    try {
        function();
        return PARAMNET_OK;
    } catch (const Error& problem) {
        return paramnet::remember_failure(problem.status(), problem.what());
    } catch (const std::bad_alloc&) {
        return paramnet::remember_failure(PARAMNET_STATUS_OUT_OF_MEMORY, "out of memory on the host");
    } catch (const std::exception& problem) {
        return paramnet::remember_failure(PARAMNET_STATUS_INTERNAL, problem.what());
    } catch (...) {
        return paramnet::remember_failure(PARAMNET_STATUS_INTERNAL, "an exception of unknown type");
    }
}

template <typename Type>
Type& required(Type* pointer, const char* what) {
    if (pointer == nullptr)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, std::string(what) + ": expected an address, got NULL");
    return *pointer;
}

paramnet::Scheme& required(paramnet_scheme* handle) {
    if (handle == nullptr)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, "scheme: nothing is loaded; call load first and look at its status");
    return handle->scheme;
}

const paramnet::Scheme& required(const paramnet_scheme* handle) {
    return required(const_cast<paramnet_scheme*>(handle));
}

std::string word(const char* characters, const char* what) { return &required(characters, what); }

const std::vector<paramnet::Variable>& variables(const paramnet_scheme* handle, std::int32_t direction) {
    const paramnet::Manifest& manifest = required(handle).manifest();
    if (direction == PARAMNET_INPUT) return manifest.inputs;
    if (direction == PARAMNET_OUTPUT) return manifest.outputs;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                "direction: expected PARAMNET_INPUT (0) or PARAMNET_OUTPUT (1), got " + std::to_string(direction));
}

void require_size(const std::string& what, std::int64_t got, std::size_t expected) {
    if (std::cmp_not_equal(got, expected))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    what + ": expected arrays of " + std::to_string(expected) + ", got " + std::to_string(got));
}

const paramnet_options defaults{sizeof(paramnet_options), "cpu", "auto", "float32", 0.0, 1, 0};

// The size tells a host built with another header; a later library can go on accepting today's.
const paramnet_options& complete(const paramnet_options* given) {
    if (given == nullptr) return defaults;
    if (given->struct_size != sizeof(paramnet_options))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "options.struct_size: expected " + std::to_string(sizeof(paramnet_options)) + ", got " +
                        std::to_string(given->struct_size) +
                        "; call paramnet_options_init first, and build the host with this library's header");
    if (given->reserved != 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "options.reserved: expected 0, got " + std::to_string(given->reserved));
    return *given;
}

paramnet::Settings settings(const paramnet_options* given) {
    const paramnet_options& options = complete(given);
    paramnet::Settings result;
    result.device = word(options.device, "options.device");
    result.backend = word(options.backend, "options.backend");
    const std::string precision = word(options.precision, "options.precision");
    if (precision != "float32" && precision != "float64")
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "precision: expected 'float32' or 'float64', got '" + precision + "'");
    result.precision = precision == "float64" ? paramnet::Precision::float64 : paramnet::Precision::float32;
    if (options.threads < 1)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "threads: expected 1 or more, got " + std::to_string(options.threads));
    result.threads = options.threads;
    if (!(options.envelope_tolerance >= 0.0) || std::isinf(options.envelope_tolerance))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, "envelope_tolerance: expected a finite number of 0 or more, got " +
                                                          paramnet::text(options.envelope_tolerance));
    result.envelope_tolerance = options.envelope_tolerance;
    return result;
}

}  // namespace

const char* paramnet_last_error(void) { return paramnet::last_failure(); }

const char* paramnet_version(void) { return PARAMNET_VERSION; }

std::int32_t paramnet_options_init(paramnet_options* options) {
    return guarded([&] { required(options, "options") = defaults; });
}

std::int32_t paramnet_load(const char* path, const paramnet_options* options, paramnet_scheme** scheme) {
    return guarded([&] {
        required(scheme, "scheme") = nullptr;
        *scheme = new paramnet_scheme{paramnet::Scheme(word(path, "path"), settings(options))};
    });
}

std::int32_t paramnet_free(paramnet_scheme* scheme) {
    return guarded([&] { delete scheme; });
}

std::int32_t paramnet_bind_input(paramnet_scheme* scheme, const char* name, const char* units,
                                 const paramnet_array* array) {
    return guarded([&] {
        required(scheme).bind_input(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_bind_output(paramnet_scheme* scheme, const char* name, const char* units,
                                  const paramnet_array* array) {
    return guarded([&] {
        required(scheme).bind_output(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_run(paramnet_scheme* scheme, std::int64_t ncol, std::int32_t* flags) {
    return guarded([&] { required(scheme).run(ncol, flags); });
}

std::int32_t paramnet_check_pressure(const paramnet_scheme* scheme, std::int64_t ncol,
                                     const paramnet_array* surface_pressure, const paramnet_array* level_pressure,
                                     double relative_tolerance) {
    return guarded([&] {
        required(scheme).check_pressure(ncol, required(surface_pressure, "surface_pressure"),
                                        required(level_pressure, "level_pressure"), relative_tolerance);
    });
}

std::int32_t paramnet_check_constant(const paramnet_scheme* scheme, const char* name, double value,
                                     double relative_tolerance) {
    return guarded([&] { required(scheme).check_constant(word(name, "name"), value, relative_tolerance); });
}

std::int32_t paramnet_counters(const paramnet_scheme* scheme, paramnet_counts* counts) {
    return guarded([&] { required(counts, "counts") = required(scheme).counts(); });
}

std::int32_t paramnet_variable_count(const paramnet_scheme* scheme, std::int32_t direction, std::int64_t* count) {
    return guarded([&] {
        required(count, "count") = static_cast<std::int64_t>(variables(scheme, direction).size());
    });
}

std::int32_t paramnet_variable_info(const paramnet_scheme* scheme, std::int32_t direction, std::int64_t index,
                                    paramnet_variable* variable) {
    return guarded([&] {
        const auto& all = variables(scheme, direction);
        if (index < 0 || std::cmp_greater_equal(index, all.size()))
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, "index: expected 0 to " + std::to_string(all.size() - 1) +
                                                              ", got " + std::to_string(index));
        const paramnet::Variable& found = all[static_cast<std::size_t>(index)];
        required(variable, "variable") = {found.name.c_str(),  found.standard_name.c_str(), found.units.c_str(),
                                          found.size,          found.profile ? 1 : 0,       0};
    });
}

std::int32_t paramnet_output_limits(const paramnet_scheme* scheme, const char* name, std::int64_t size,
                                    double* minimum, double* maximum) {
    return guarded([&] {
        const auto& [variable, range] = required(scheme).output_limits(word(name, "name"));
        require_size(variable.name, size, static_cast<std::size_t>(variable.size));
        std::copy_n(range.minimum.begin() + variable.offset, size, &required(minimum, "minimum"));
        std::copy_n(range.maximum.begin() + variable.offset, size, &required(maximum, "maximum"));
    });
}

std::int32_t paramnet_level_count(const paramnet_scheme* scheme, std::int64_t* levels) {
    return guarded([&] { required(levels, "levels") = required(scheme).manifest().grid.levels(); });
}

std::int32_t paramnet_vertical_grid(const paramnet_scheme* scheme, std::int32_t where, std::int64_t size, double* a,
                                    double* b) {
    return guarded([&] {
        const paramnet::VerticalGrid& grid = required(scheme).manifest().grid;
        if (where != PARAMNET_MIDPOINTS && where != PARAMNET_INTERFACES)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        "where: expected PARAMNET_MIDPOINTS (0) or PARAMNET_INTERFACES (1), got " +
                            std::to_string(where));
        const auto& from_a = where == PARAMNET_MIDPOINTS ? grid.a_mid : grid.a_interface;
        const auto& from_b = where == PARAMNET_MIDPOINTS ? grid.b_mid : grid.b_interface;
        require_size("vertical_grid", size, from_a.size());
        std::copy(from_a.begin(), from_a.end(), &required(a, "a"));
        std::copy(from_b.begin(), from_b.end(), &required(b, "b"));
    });
}

std::int32_t paramnet_manifest(const paramnet_scheme* scheme, const char** json) {
    return guarded([&] { required(json, "json") = required(scheme).manifest().json.c_str(); });
}

std::int32_t paramnet_describe(const paramnet_scheme* scheme, const char** line) {
    return guarded([&] { required(line, "line") = required(scheme).description().c_str(); });
}

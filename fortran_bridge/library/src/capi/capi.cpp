// The C ABI: a scheme's life, its arrays and its runs.
#include <algorithm>
#include <memory>
#include <string>

#include "capi/options.hpp"
#include "capi/support.hpp"

using paramnet::Error;
using paramnet::find_scheme;
using paramnet::guarded;
using paramnet::required;
using paramnet::word;

const char* paramnet_last_error(void) { return paramnet::last_failure(); }

std::int32_t paramnet_options_init(paramnet_options* options) {
    return guarded([&] { required(options, "options") = paramnet::default_options(); });
}

std::int32_t paramnet_load(const char* path, const paramnet_options* options, paramnet_scheme** scheme) {
    return guarded([&] {
        required(scheme, "scheme") = nullptr;
        const std::string file = word(path, "path");
        const paramnet::LoadOptions given = paramnet::load_options(options);
        auto model = std::make_shared<paramnet::Model>(file, given.settings, given.host);
        *scheme = paramnet::open_handle(std::make_unique<paramnet::Scheme>(std::move(model)));
    });
}

std::int32_t paramnet_share(const paramnet_scheme* scheme, paramnet_scheme** other) {
    return guarded([&] {
        required(other, "other") = nullptr;
        *other = paramnet::open_handle(find_scheme(scheme).share());
    });
}

std::int32_t paramnet_free(paramnet_scheme* scheme) {
    return guarded([&] {
        if (scheme != nullptr) paramnet::close_handle(scheme);
    });
}

std::int32_t paramnet_bind_input(paramnet_scheme* scheme, const char* name, const char* units,
                                 const paramnet_array* array) {
    return guarded([&] {
        find_scheme(scheme).bind_input(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_bind_output(paramnet_scheme* scheme, const char* name, const char* units,
                                  const paramnet_array* array) {
    return guarded([&] {
        find_scheme(scheme).bind_output(word(name, "name"), word(units, "units"), required(array, "array"));
    });
}

std::int32_t paramnet_run(paramnet_scheme* scheme, std::int64_t ncol, std::int32_t* flags) {
    return guarded([&] { find_scheme(scheme).run(0, ncol, flags); });
}

std::int32_t paramnet_run_range(paramnet_scheme* scheme, std::int64_t first, std::int64_t ncol, std::int32_t* flags) {
    return guarded([&] { find_scheme(scheme).run(first, ncol, flags); });
}

std::int32_t paramnet_predict(const paramnet_scheme* scheme, std::int64_t ncol, const paramnet_array* inputs,
                              const paramnet_array* outputs, std::int32_t* flags) {
    return guarded([&] {
        find_scheme(scheme).predict(ncol, required(inputs, "inputs"), required(outputs, "outputs"), flags);
    });
}

std::int32_t paramnet_enqueue(paramnet_scheme* scheme, std::int64_t first, std::int64_t ncol, std::int32_t* flags) {
    return guarded([&] { find_scheme(scheme).enqueue(first, ncol, flags); });
}

std::int32_t paramnet_flush(paramnet_scheme* scheme) {
    return guarded([&] { find_scheme(scheme).model().flush(); });
}

std::int32_t paramnet_add_fixer(paramnet_scheme* scheme, const char* kind, const char* roles) {
    return guarded([&] { find_scheme(scheme).model().add_fixer(word(kind, "kind"), word(roles, "roles")); });
}

std::int32_t paramnet_set_ramp(paramnet_scheme* scheme, double fraction) {
    return guarded([&] { find_scheme(scheme).model().set_ramp(fraction); });
}

std::int32_t paramnet_set_comparison(paramnet_scheme* scheme, std::int32_t on) {
    return guarded([&] { find_scheme(scheme).model().set_comparison(paramnet::yes_or_no(on, "comparison")); });
}

std::int32_t paramnet_check_pressure(paramnet_scheme* scheme, std::int64_t ncol,
                                     const paramnet_array* surface_pressure, const paramnet_array* level_pressure,
                                     double relative_tolerance) {
    return guarded([&] {
        find_scheme(scheme).model().check_pressure(ncol, required(surface_pressure, "surface_pressure"),
                                                   required(level_pressure, "level_pressure"), relative_tolerance);
    });
}

std::int32_t paramnet_declare_grid(paramnet_scheme* scheme, std::int64_t levels, const double* a, const double* b,
                                   std::int32_t order, double relative_tolerance) {
    return guarded([&] {
        if (levels < 0)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = "declare_grid", .expected = "levels of 0 or more", .got = std::to_string(levels)});
        const auto size = static_cast<std::size_t>(levels);
        find_scheme(scheme).model().declare_grid({&required(a, "a"), size}, {&required(b, "b"), size},
                                                 paramnet::yes_or_no(order, "order"), relative_tolerance);
    });
}

std::int32_t paramnet_declare_heights(paramnet_scheme* scheme, std::int64_t levels, const double* height,
                                      std::int32_t order, double relative_tolerance) {
    return guarded([&] {
        if (levels < 0)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = "declare_heights", .expected = "levels of 0 or more", .got = std::to_string(levels)});
        find_scheme(scheme).model().declare_heights({&required(height, "height"), static_cast<std::size_t>(levels)},
                                                    paramnet::yes_or_no(order, "order"), relative_tolerance);
    });
}

std::int32_t paramnet_check_constant(const paramnet_scheme* scheme, const char* name, double value,
                                     double relative_tolerance) {
    return guarded([&] { find_scheme(scheme).model().check_constant(word(name, "name"), value, relative_tolerance); });
}

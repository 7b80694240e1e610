{% import "functions.hpp" as functions with context %}
// {{ title }}, as source code without any library. Written by `paramnet export language=cpp`; write it again rather than edit it.
// Scheme: SHA-256 {{ scheme_sha256 }}; contract {{ contract_digest }}.
// Written by paramnet {{ version }}; weights of {{ exported }}, checkpoint SHA-256 {{ checkpoint_sha256 }}.
// SPDX-License-Identifier: {{ license }} (this code; the weights are under the licence of their author)
//
// Call `{{ name }}::check` once with what the host has, then `{{ name }}::run` at each step. Neither throws or stops the program.
// For GCC, Clang and compilers that understand their vectors. Include it in one source file: it contains the weights.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {{ name }} {

enum class Status : int { ok = 0, invalid_argument = 1, contract_mismatch = 4 };
// Bits of the flags of a column: its outputs are then zero, and its state is as it was.
constexpr std::int32_t nonfinite_input = 1, nonfinite_output = 2;

struct Variable {
    const char* name;
    const char* units;
    int size;  // levels, 1 for a number of the column
};

// The contract. Variables are in the order of the arguments of `run`: inputs, then outputs.
inline constexpr Variable variables[] = {
{% for one in variables %}
    { {{- one.name | text }}, {{ one.units | text }}, {{ one.size }}},
{% endfor %}
};
inline constexpr int variable_count = {{ variables | length }}, levels = {{ levels }};
inline constexpr double time_step = {{ time_step }};  // s
inline constexpr const char* level_order = {{ level_order | text }};
// Of the arrays `constants_...` below, byte by byte; the Fortran module of the same scheme has the same weights.
inline constexpr const char* weights_sha256 = "{{ weights_sha256 }}";
inline constexpr const char* coordinate = {{ coordinate_kind | text }};
{% for one in coordinates %}
inline constexpr double {{ one.name }}[] = { {{- one.numbers | join(", ") -}} };  // {{ one.units }}
{% endfor %}
{% if states %}
inline constexpr double state_start[] = { {{- states | join(", ") -}} };  // of a column at a cold start
{% endif %}

namespace detail {

#if defined(__clang__) || defined(__GNUC__)
#define RESTRICT __restrict__
#else
#error "expected GCC, Clang or a compiler that understands their vectors"
#endif
#ifdef __AVX512F__
constexpr int lanes = 16, tile_outputs = {{ panel }};
#elif defined(__AVX__)
constexpr int lanes = 8, tile_outputs = {{ panel // 2 }};
#elif defined(__aarch64__)
constexpr int lanes = 4, tile_outputs = {{ panel }};
#else
constexpr int lanes = 4, tile_outputs = {{ panel // 2 }};
#endif
typedef float Lanes __attribute__((vector_size(lanes * sizeof(float))));
typedef float LooseLanes __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));
constexpr int width = {{ width }};  // columns of a block, which is computed as a whole

{{ arrays }}
{{ functions.exponential() }}
{% for text in procedures %}
{{ text }}
{% endfor %}
{% if random_numbers %}
{% include "noise.hpp" %}
{% endif %}
// The scheme on one block of columns, in working memory: inputs from row {{ input.first }}, outputs from row {{ output.first }}.
inline void evaluate(float* work32, [[maybe_unused]] double* work64) {
{% for line in calls %}
    {{ line }}
{% endfor %}
}

inline bool finite(float x) { return std::fabs(x) <= 3.4028234664e38f; }

}  // namespace detail

// Compare the contract with the host's arrays, in the order of the arguments of `run`: names and units of variables, levels, time
// step (s){% if coordinates %} and vertical coordinate, one number for each level from the first of the arrays to the last{% endif %}.
inline Status check(const std::vector<std::string>& names, const std::vector<std::string>& units, int host_levels, double host_time_step,
{% for one in coordinates %}
    const std::vector<double>& host_{{ one.name }},
{% endfor %}
    std::string& message) {
    const auto differs = [&](const std::string& what, const std::string& expected, const std::string& got) {
        message = what + ": expected " + expected + ", got " + got;
        return Status::contract_mismatch;
    };
    if (host_levels != levels) return differs("levels", std::to_string(levels), std::to_string(host_levels));
    if (names.size() != variable_count || units.size() != variable_count)
        return differs("names, units", std::to_string(variable_count) + " variables", std::to_string(names.size()));
    for (std::size_t one = 0; one < names.size(); ++one) {
        if (names[one] != variables[one].name) return differs("names", variables[one].name, names[one]);
        if (units[one] != variables[one].units) return differs(names[one], std::string("units ") + variables[one].units, units[one]);
    }
    if (!(std::fabs(host_time_step - time_step) <= 1e-3 * time_step))
        return differs("time_step", std::to_string(time_step) + " s", std::to_string(host_time_step));
{% for one in coordinates %}
    if (host_{{ one.name }}.size() != {{ one.numbers | length }})
        return differs("{{ one.name }}", "{{ one.numbers | length }} numbers", std::to_string(host_{{ one.name }}.size()));
    for (std::size_t one = 0; one < host_{{ one.name }}.size(); ++one)
        if (!(std::fabs(host_{{ one.name }}[one] - {{ one.name }}[one]) <= {{ one.tolerance }}))
            return differs("{{ one.name }}", "the coordinate of the training data", std::to_string(host_{{ one.name }}[one]));
{% endfor %}
    message.clear();
    return Status::ok;
}

{% include "run.hpp" %}

}  // namespace {{ name }}

#undef RESTRICT

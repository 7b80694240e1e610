// The C ABI: queries of a scheme's properties and counters.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "capi/support.hpp"

using paramnet::Error;
using paramnet::find_scheme;
using paramnet::guarded;
using paramnet::required;
using paramnet::word;

namespace {

const std::vector<paramnet::Variable>& variables(const paramnet_scheme* scheme, std::int32_t direction) {
    const paramnet::Manifest& manifest = find_scheme(scheme).manifest();
    if (direction == PARAMNET_INPUT) return manifest.inputs;
    if (direction == PARAMNET_OUTPUT) return manifest.outputs;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "direction", .expected = "PARAMNET_INPUT (0) or PARAMNET_OUTPUT (1)",
                 .got = std::to_string(direction)});
}

void require_size(const std::string& what, std::int64_t got, std::size_t expected) {
    if (std::cmp_not_equal(got, expected))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = what, .expected = "arrays of " + std::to_string(expected), .got = std::to_string(got)});
}

}  // namespace

const char* paramnet_version(void) { return PARAMNET_VERSION; }

std::int32_t paramnet_counters(const paramnet_scheme* scheme, paramnet_counts* counts) {
    return guarded([&] { required(counts, "counts") = find_scheme(scheme).model().counts(); });
}

std::int32_t paramnet_corrected(const paramnet_scheme* scheme, const char* fixer, std::int64_t* columns) {
    return guarded([&] { required(columns, "columns") = find_scheme(scheme).model().corrected(word(fixer, "fixer")); });
}

std::int32_t paramnet_comparison(const paramnet_scheme* scheme, const char* name, std::int64_t size, double* bias,
                                 double* rms, double* largest, std::int64_t* columns) {
    return guarded([&] {
        const paramnet::Model& model = find_scheme(scheme).model();
        const paramnet::Variable& variable =
            paramnet::find_variable(model.manifest().outputs, "output", word(name, "name"));
        require_size(variable.name, size, static_cast<std::size_t>(variable.size));
        required(bias, "bias"), required(rms, "rms"), required(largest, "largest");
        std::int64_t& seen = required(columns, "columns") = 0;
        for (std::int64_t level = 0; level < size; ++level) {
            const paramnet::Comparison::Sums sums = model.comparison(variable.offset + level);
            const double count = static_cast<double>(std::max<std::int64_t>(sums.columns, 1));
            bias[level] = sums.difference / count;
            rms[level] = std::sqrt(sums.squares / count);
            largest[level] = sums.largest;
            seen = std::max(seen, sums.columns);
        }
    });
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
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = "index", .expected = "0 to " + std::to_string(all.size() - 1),
                         .got = std::to_string(index)});
        const paramnet::Variable& found = all[static_cast<std::size_t>(index)];
        required(variable, "variable") = {found.name.c_str(),  found.standard_name.c_str(), found.units.c_str(),
                                          found.size,          found.profile ? 1 : 0,       0};
    });
}

std::int32_t paramnet_output_limits(const paramnet_scheme* scheme, const char* name, std::int64_t size,
                                    double* minimum, double* maximum) {
    return guarded([&] {
        const auto& [variable, range] = find_scheme(scheme).model().output_limits(word(name, "name"));
        require_size(variable.name, size, static_cast<std::size_t>(variable.size));
        std::copy_n(range.minimum.begin() + variable.offset, size, &required(minimum, "minimum"));
        std::copy_n(range.maximum.begin() + variable.offset, size, &required(maximum, "maximum"));
    });
}

std::int32_t paramnet_level_count(const paramnet_scheme* scheme, std::int64_t* levels) {
    return guarded([&] { required(levels, "levels") = find_scheme(scheme).manifest().grid.levels(); });
}

std::int32_t paramnet_vertical_grid(const paramnet_scheme* scheme, std::int32_t where, std::int64_t size, double* a,
                                    double* b) {
    return guarded([&] {
        const paramnet::VerticalGrid& grid = find_scheme(scheme).manifest().grid;
        if (!grid.has_pressure())
            throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                        {.what = "vertical_grid", .expected = "a scheme whose levels are given by pressure",
                         .got = "a scheme of another vertical grid"});
        if (where != PARAMNET_MIDPOINTS && where != PARAMNET_INTERFACES)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = "where", .expected = "PARAMNET_MIDPOINTS (0) or PARAMNET_INTERFACES (1)",
                         .got = std::to_string(where)});
        const auto& from_a = where == PARAMNET_MIDPOINTS ? grid.a_mid : grid.a_interface;
        const auto& from_b = where == PARAMNET_MIDPOINTS ? grid.b_mid : grid.b_interface;
        require_size("vertical_grid", size, from_a.size());
        std::copy(from_a.begin(), from_a.end(), &required(a, "a"));
        std::copy(from_b.begin(), from_b.end(), &required(b, "b"));
    });
}

std::int32_t paramnet_manifest(const paramnet_scheme* scheme, const char** json) {
    return guarded([&] { required(json, "json") = find_scheme(scheme).manifest().json.c_str(); });
}

std::int32_t paramnet_describe(const paramnet_scheme* scheme, const char** line) {
    return guarded([&] { required(line, "line") = find_scheme(scheme).model().description().c_str(); });
}

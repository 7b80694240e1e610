// Checks that the host has the grid and the constants of the training.
#include <cmath>
#include <string>
#include <utility>

#include "common/error.hpp"
#include "scheme/bindings.hpp"
#include "scheme/model.hpp"
#include "scheme/plausibility.hpp"

namespace paramnet {
namespace {

// Written so that NaN counts as off.
bool off(double got, double expected, double relative_tolerance) {
    return !(std::abs(got - expected) <= relative_tolerance * std::abs(expected));
}

void require_tolerance(double relative_tolerance) {
    if (!(relative_tolerance >= 0.0))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "relative_tolerance", .expected = "0 or more", .got = text(relative_tolerance)});
}

void require_extent(const char* what, const paramnet_array& array, std::int64_t columns, std::int64_t levels) {
    require_array(what, array);
    if (array.levels != levels)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = std::string(what), .expected = std::to_string(levels) + " level(s)",
                     .got = std::to_string(array.levels)});
    if (array.columns < columns)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string(what), .expected = "at least " + std::to_string(columns) + " columns",
                     .got = std::to_string(array.columns)});
}

// The check of a grid is that of the scheme's own kind of levels.
void require_kind(const char* what, bool holds, const char* expected, const char* remedy) {
    if (!holds)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = what, .expected = expected, .got = "a scheme of another vertical grid", .remedy = remedy});
}

constexpr const char* pressure_levels = "a scheme whose levels are given by pressure";
constexpr const char* by_height = "call declare_heights, or nothing for a scheme without levels";

void require_levels(const char* what, std::size_t got, std::int64_t levels) {
    if (std::cmp_not_equal(got, levels))
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = what, .expected = std::to_string(levels) + " level(s)", .got = std::to_string(got)});
}

// The most likely mistake, judged from the first level that is off.
std::string advice(const VerticalGrid& grid, std::int64_t level, double surface, double got,
                   double relative_tolerance) {
    const auto pressure = [&](std::int64_t k) {
        return grid.a_mid[static_cast<std::size_t>(k)] + grid.b_mid[static_cast<std::size_t>(k)] * surface;
    };
    if (!off(100.0 * got, pressure(level), relative_tolerance)) return "the host's pressures look like hPa; pass Pa";
    if (!off(got, pressure(grid.levels() - 1 - level), relative_tolerance))
        return "the host's levels look bottom first; bind and declare every profile with levels='bottom_first'";
    return "the scheme was trained on another vertical grid; use one trained on the host's levels";
}

const Variable* find_surface_pressure(const Manifest& manifest) {
    for (const auto* side : {&manifest.inputs, &manifest.outputs})
        for (const Variable& variable : *side)
            if (variable.name == "surface_air_pressure" || variable.standard_name == "surface_air_pressure") return &variable;
    return nullptr;
}

[[noreturn]] void refuse_state(const std::string& what, std::int64_t column, const std::string& expected, double got,
                               const std::string& todo) {
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = what + ": column " + std::to_string(column + 1), .expected = expected,
                 .got = text(got) + " Pa", .remedy = todo});
}

constexpr const char* broken_state = "the host's own state is wrong before the scheme has run, whatever its grid";

// Checked before the grid: a pressure that is not finite or outside the contract's range says nothing about levels.
void require_surface(const Field& surface, std::int64_t columns, const Manifest& manifest) {
    const Variable* const variable = find_surface_pressure(manifest);
    for (std::int64_t column = 0; column < columns; ++column) {
        const double got = element(surface, column, 0);
        if (!std::isfinite(got)) refuse_state("surface_air_pressure", column, "a finite value", got, broken_state);
        if (variable == nullptr || !variable->valid_range || variable->valid_range->holds(got)) continue;
        const ValidRange& range = *variable->valid_range;
        const std::string todo = range.holds(100.0 * got)
                                     ? "the host's pressures look like hPa; pass Pa"
                                     : std::string(broken_state) + ", or the array is not surface pressure in Pa";
        refuse_state("surface_air_pressure", column,
                     text(range.low) + " to " + text(range.high) + " Pa (valid_range of the contract)", got, todo);
    }
}

}  // namespace

void Model::check_pressure(std::int64_t columns, const paramnet_array& surface_pressure,
                           const paramnet_array& level_pressure, double relative_tolerance) {
    require_tolerance(relative_tolerance);
    require_kind("check_pressure", manifest_.grid.has_pressure(), pressure_levels, by_height);
    require_extent("surface_pressure", surface_pressure, columns, 1);
    require_extent("level_pressure", level_pressure, columns, manifest_.grid.levels());
    const Field surface_field = make_field(surface_pressure, 0), level_field = make_field(level_pressure, 0);
    require_surface(surface_field, columns, manifest_);
    for (std::int64_t level = 0; level < manifest_.grid.levels(); ++level) {
        const double a = manifest_.grid.a_mid[static_cast<std::size_t>(level)];
        const double b = manifest_.grid.b_mid[static_cast<std::size_t>(level)];
        for (std::int64_t column = 0; column < columns; ++column) {
            const double surface = element(surface_field, column, 0);
            const double expected = a + b * surface;
            const double got = element(level_field, column, level);
            if (!off(got, expected, relative_tolerance)) continue;
            if (!std::isfinite(got))
                refuse_state("air_pressure: level " + std::to_string(level + 1), column, "a finite value", got, broken_state);
            throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                        {.what = "air_pressure: level " + std::to_string(level + 1) + " of " +
                             std::to_string(manifest_.grid.levels()) + " (1 = top), column " +
                             std::to_string(column + 1),
                         .expected = text(expected) + " Pa (" + text(a) + " + " + text(b) + " * surface pressure " +
                             text(surface) + " Pa)", .got = text(got) + " Pa",
                         .remedy = advice(manifest_.grid, level, surface, got, relative_tolerance)});
        }
    }
    if (columns > 0) grid_was_compared();
}

// Compares the pressures of the grids for a high and a low surface pressure.
void Model::declare_grid(std::span<const double> a, std::span<const double> b, bool bottom_first,
                         double relative_tolerance) {
    require_tolerance(relative_tolerance);
    require_kind("declare_grid", manifest_.grid.has_pressure(), pressure_levels, by_height);
    const std::int64_t levels = manifest_.grid.levels();
    require_levels("declare_grid", a.size(), levels);
    for (const double surface : {1.0e5, 6.0e4}) {
        for (std::int64_t level = 0; level < levels; ++level) {
            const auto k = static_cast<std::size_t>(level);
            const std::size_t there = bottom_first ? a.size() - 1 - k : k;
            const double expected = manifest_.grid.a_mid[k] + manifest_.grid.b_mid[k] * surface;
            const double got = a[there] + b[there] * surface;
            if (!off(got, expected, relative_tolerance)) continue;
            throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                        {.what = "declare_grid: level " + std::to_string(level + 1) + " of " + std::to_string(levels) +
                             " (1 = top)",
                         .expected = text(expected) + " Pa at a surface pressure of " + text(surface) + " Pa",
                         .got = text(got) + " Pa",
                         .remedy = advice(manifest_.grid, level, surface, got, relative_tolerance)});
        }
    }
    grid_was_compared();
}

void Model::declare_heights(std::span<const double> height, bool bottom_first, double relative_tolerance) {
    require_tolerance(relative_tolerance);
    const std::vector<double>& expected = manifest_.grid.height;
    require_kind("declare_heights", !expected.empty(), "a scheme whose levels are given by height",
                 "call check_pressure or declare_grid, or nothing for a scheme without levels");
    require_levels("declare_heights", height.size(), manifest_.grid.levels());
    for (std::size_t level = 0; level < expected.size(); ++level) {
        const double got = height[bottom_first ? height.size() - 1 - level : level];
        if (!off(got, expected[level], relative_tolerance)) continue;
        const bool reversed = !off(got, expected[expected.size() - 1 - level], relative_tolerance);
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = "declare_heights: level " + std::to_string(level + 1) + " of " + std::to_string(expected.size()) + " (1 = top)",
                     .expected = text(expected[level]) + " m", .got = text(got) + " m",
                     .remedy = reversed ? "the host's levels look bottom first; bind and declare every profile with levels='bottom_first'"
                                        : "the scheme was trained on another vertical grid; use one trained on the host's levels"});
    }
    grid_was_compared();
}

void Model::check_constant(const std::string& name, double value, double relative_tolerance) const {
    require_tolerance(relative_tolerance);
    const auto found = manifest_.constants.find(name);
    if (found == manifest_.constants.end()) {
        std::string known;
        for (const auto& [other, unused] : manifest_.constants) known += (known.empty() ? "" : ", ") + other;
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = "check_constant",
                     .expected = known.empty() ? "a scheme with constants" : "one of " + known,
                     .got = "'" + name + "'"});
    }
    if (off(value, found->second, relative_tolerance))
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = name, .expected = text(found->second) + " (training)",
                     .got = text(value) + " (host), beyond a relative tolerance of " + text(relative_tolerance),
                     .remedy = "use the training's value in the host or train with the host's"});
}

}  // namespace paramnet

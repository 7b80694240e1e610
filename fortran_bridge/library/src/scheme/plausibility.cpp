#include "scheme/plausibility.hpp"

#include <algorithm>
#include <cmath>

#include "common/error.hpp"
#include "common/log.hpp"
#include "scheme/units.hpp"

namespace paramnet {
namespace {

constexpr double nearly_all = 0.95;

// Outside the range by more than its width; by a tenth of it for ranges without zero, as of pressure and temperature.
bool is_far(double value, const ValidRange& range) {
    const double margin = range.holds(0.0) ? range.width() : 0.1 * range.width();
    return value < range.low - margin || value > range.high + margin;
}

std::string found(const Variable& variable, const Glance& seen, const Manifest& manifest) {
    const ValidRange& range = *variable.valid_range;
    const std::string unit = probable_unit(variable, seen.lowest, seen.highest, manifest);
    return sentence({.what = variable.name,
                     .expected = text(range.low) + " to " + text(range.high) + " " + variable.units +
                         " (valid_range of the contract)",
                     .got = text(seen.lowest) + " to " + text(seen.highest) + ", outside in " +
                         std::to_string(seen.outside) + " of " + std::to_string(seen.columns) + " columns of the first run",
                     .remedy = unit});
}

}  // namespace

Glance glance(const Field& field, const ValidRange& range, std::int64_t first, std::int64_t columns) {
    Glance seen;
    for (std::int64_t column = first; column < first + columns; ++column) {
        bool any = false, outside = false, far = false;
        for (std::int64_t level = 0; level < field.rows; ++level) {
            const double value = element(field, column, level);
            if (!std::isfinite(value)) continue;
            seen.lowest = seen.columns == 0 && !any ? value : std::min(seen.lowest, value);
            seen.highest = seen.columns == 0 && !any ? value : std::max(seen.highest, value);
            any = true;
            outside = outside || !range.holds(value);
            far = far || is_far(value, range);
        }
        seen.columns += any;
        seen.outside += outside;
        seen.far += far;
    }
    return seen;
}

std::string probable_unit(const Variable& variable, double lowest, double highest, const Manifest& manifest) {
    std::string names;
    const auto fits = [&](double scale, double shift) {
        return variable.valid_range->holds(lowest * scale + shift) && variable.valid_range->holds(highest * scale + shift);
    };
    for (const std::string& name : usual_units(variable.units, manifest)) {
        const auto conversion = find_conversion(name, variable.units, manifest);
        if (conversion->thickness_power == 0 && fits(conversion->scale, conversion->shift))
            names += (names.empty() ? "" : " or ") + name;
    }
    if (!names.empty()) return "the numbers look like " + names + "; pass " + variable.units + ", or bind with convert";
    for (const double factor : {100.0, 1000.0, 0.01, 0.001})
        if (fits(factor, 0.0)) return "times " + text(factor) + " they lie inside; pass " + variable.units;
    return {};
}

void require_plausible(std::span<const Variable> variables, std::span<const Field> fields, std::int64_t first,
                       std::int64_t columns, const Manifest& manifest, bool strict) {
    for (std::size_t index = 0; index < fields.size(); ++index) {
        const Variable& variable = variables[index];
        if (!variable.valid_range || fields[index].data == nullptr || fields[index].on_device) continue;
        const Glance seen = glance(fields[index], *variable.valid_range, first, columns);
        if (seen.outside == 0) continue;
        const std::string words = found(variable, seen, manifest);
        if (strict && static_cast<double>(seen.far) >= nearly_all * static_cast<double>(seen.columns))
            throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                        {.what = "run: " + words,
                         .remedy = "correct the units or the array in the host, or load the scheme with strict off"});
        warn_once(manifest.name + ": " + words);
    }
}

}  // namespace paramnet

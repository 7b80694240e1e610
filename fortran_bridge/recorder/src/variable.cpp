#include "variable.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "checks.hpp"
#include "common/half_levels.hpp"

namespace paramnet {
namespace {

constexpr const char* all_of_it = "bind all of the array, with its layout";

void require_extent(const std::string& name, const std::string& what, std::int64_t expected, std::int64_t got,
                    const char* remedy) {
    if (expected == got) return;
    refuse(name, std::to_string(expected) + " " + what + " as declared", std::to_string(got), remedy);
}

}  // namespace

void Recorded::start_range() {
    low = std::numeric_limits<double>::max();
    high = std::numeric_limits<double>::lowest();
}

void Recorded::widen_range() {
    for (const float value : values) widen_range(value, value);
}

void Recorded::widen_range(double from, double to) {
    if (from < low) low = from;  // false for NaN
    if (to > high) high = to;
}

BoundArray::BoundArray(std::int32_t role, const std::string& name, const paramnet_array& array, const Shape& shape)
    : role_(role), name_(name), array_(array), shape_(shape), profile_(array.levels != 1 || shape.levels == 1) {
    if (array.kind != PARAMNET_REAL32 && array.kind != PARAMNET_REAL64)
        refuse(name, "kind 4 or 8", std::to_string(array.kind));
    if ((array.options & ~PARAMNET_ARRAY_BOTTOM_FIRST) != 0)
        refuse(name, "an array in host memory, in the units given", "options " + std::to_string(array.options));
    if (array.data == nullptr) refuse(name, "an array", "no elements");
    require_extent(name, "columns", shape.columns, array.columns, all_of_it);
    if (array.levels != 1)
        require_extent(name, "levels", shape.levels, array.levels,
                       on_half_levels(array.levels, shape.levels) ? half_levels_remedy : all_of_it);
}

double BoundArray::at(std::int64_t column, std::int64_t level) const {
    const std::int64_t offset = column * array_.column_stride + level * array_.level_stride;
    return array_.kind == PARAMNET_REAL32 ? static_cast<const float*>(array_.data)[offset]
                                          : static_cast<const double*>(array_.data)[offset];
}

std::vector<double> BoundArray::read() const {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(array_.levels * shape_.recorded_columns()));
    const bool reversed = (array_.options & PARAMNET_ARRAY_BOTTOM_FIRST) != 0;
    for (std::int64_t level = 0; level < array_.levels; ++level)
        for (std::int64_t column = 0; column < shape_.columns; column += shape_.every_column)
            values.push_back(at(column, reversed ? array_.levels - 1 - level : level));
    return values;
}

std::string units_of_tendency(const std::string& units) {
    static constexpr std::array celsius{"degC", "deg_C", "degree_C", "degrees_C", "Celsius", "celsius", "degree_Celsius",
                                        "degrees_Celsius", "degree_celsius", "degrees_celsius"};
    if (std::find(celsius.begin(), celsius.end(), units) != celsius.end()) return "K s-1";
    return units == "1" ? "s-1" : units + " s-1";
}

}  // namespace paramnet

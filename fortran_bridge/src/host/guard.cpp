#include "host/guard.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace paramnet {

template <typename Real>
Guard<Real>::Guard(const std::optional<Range>& range, std::int64_t width, double tolerance)
    : width_(width),
      lower_(static_cast<std::size_t>(width), std::numeric_limits<Real>::lowest()),
      upper_(static_cast<std::size_t>(width), std::numeric_limits<Real>::max()) {
    if (!range) return;
    for (std::size_t position = 0; position < lower_.size(); ++position) {
        const double margin = tolerance * (range->maximum[position] - range->minimum[position]);
        lower_[position] = static_cast<Real>(range->minimum[position] - margin);
        upper_[position] = static_cast<Real>(range->maximum[position] + margin);
    }
}

template <typename Real>
void Guard<Real>::inspect_inputs(Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const {
    constexpr Real largest = std::numeric_limits<Real>::max();
    std::fill(flags, flags + columns, 0);
    for (std::int64_t position = 0; position < width_; ++position) {
        const Real* row = rows + position * stride;
        const Real lower = lower_[static_cast<std::size_t>(position)];
        const Real upper = upper_[static_cast<std::size_t>(position)];
        for (std::int64_t column = 0; column < columns; ++column) {
            if (!(std::abs(row[column]) <= largest)) flags[column] |= PARAMNET_FLAG_NONFINITE_INPUT;
            if (!(row[column] >= lower && row[column] <= upper)) flags[column] |= PARAMNET_FLAG_OUTSIDE_ENVELOPE;
        }
    }
    for (std::int64_t column = 0; column < columns; ++column) {
        if ((flags[column] & PARAMNET_FLAG_NONFINITE_INPUT) == 0) continue;
        flags[column] = PARAMNET_FLAG_NONFINITE_INPUT;
        for (std::int64_t position = 0; position < width_; ++position) rows[position * stride + column] = Real(0);
    }
    for (std::int64_t position = 0; position < width_; ++position) {
        Real* row = rows + position * stride;
        std::fill(row + columns, row + stride, row[columns - 1]);
    }
}

template <typename Real>
void Guard<Real>::inspect_outputs(const Slots& outputs, const Real* rows, std::int64_t columns, std::int64_t stride,
                                  std::int32_t* flags) {
    for (const Slot& slot : outputs.all()) {
        const Real largest = slot.array.kind == PARAMNET_REAL32
                                 ? static_cast<Real>(std::numeric_limits<float>::max())
                                 : std::numeric_limits<Real>::max();
        for (std::int64_t level = 0; level < slot.variable.size; ++level) {
            const Real* row = rows + (slot.variable.offset + level) * stride;
            for (std::int64_t column = 0; column < columns; ++column)
                if (!(std::abs(row[column]) <= largest)) flags[column] |= PARAMNET_FLAG_NONFINITE_OUTPUT;
        }
    }
}

template class Guard<float>;
template class Guard<double>;

}  // namespace paramnet

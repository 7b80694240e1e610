#include "guard.hpp"

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
void Guard<Real>::inspect_inputs(Real* rows, std::int64_t columns, std::int32_t* flags) const {
    constexpr Real largest = std::numeric_limits<Real>::max();
    for (std::int64_t column = 0; column < columns; ++column) {
        Real* row = rows + column * width_;
        bool finite = true, inside = true;
        for (std::int64_t position = 0; position < width_; ++position) {
            const Real value = row[position];
            finite &= std::abs(value) <= largest;
            inside &= (value >= lower_[static_cast<std::size_t>(position)]) &
                      (value <= upper_[static_cast<std::size_t>(position)]);
        }
        flags[column] = 0;
        if (!finite) {
            flags[column] = PARAMNET_FLAG_NONFINITE_INPUT;
            std::fill(row, row + width_, Real(0));
        } else if (!inside) {
            flags[column] = PARAMNET_FLAG_OUTSIDE_ENVELOPE;
        }
    }
}

template <typename Real>
void Guard<Real>::inspect_outputs(const Slots& outputs, const Real* rows, std::int64_t columns,
                                  std::int32_t* flags) {
    const std::int64_t width = outputs.width();
    for (const Slot& slot : outputs.all()) {
        const Real largest = slot.array.kind == PARAMNET_REAL32
                                 ? static_cast<Real>(std::numeric_limits<float>::max())
                                 : std::numeric_limits<Real>::max();
        for (std::int64_t column = 0; column < columns; ++column) {
            const Real* values = rows + column * width + slot.variable.offset;
            bool finite = true;
            for (std::int64_t level = 0; level < slot.variable.size; ++level)
                finite &= std::abs(values[level]) <= largest;
            if (!finite) flags[column] |= PARAMNET_FLAG_NONFINITE_OUTPUT;
        }
    }
}

template class Guard<float>;
template class Guard<double>;

}  // namespace paramnet

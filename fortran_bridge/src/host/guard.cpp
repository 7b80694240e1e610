#include "host/guard.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backend.hpp"

namespace paramnet {
namespace {

// Columns looked at together, as many as fit the registers.
constexpr std::size_t lanes = static_cast<std::size_t>(stride_multiple);

template <typename Real>
using Mask = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;

}  // namespace

template <typename Real>
Guard<Real>::Guard(const Box& box, std::int64_t width)
    : width_(width),
      lower_(static_cast<std::size_t>(width), std::numeric_limits<Real>::lowest()),
      upper_(static_cast<std::size_t>(width), std::numeric_limits<Real>::max()) {
    for (std::size_t row = 0; row < box.lower.size(); ++row) {
        lower_[row] = static_cast<Real>(box.lower[row]);
        upper_[row] = static_cast<Real>(box.upper[row]);
    }
}

template <typename Real>
void Guard<Real>::inspect_inputs(Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const {
    for (std::int64_t first = 0; first < columns; first += stride_multiple) {
        std::array<Real, lanes> poison{};  // stays zero but for 0 * inf and 0 * NaN
        std::array<Mask<Real>, lanes> outside{};
        for (std::int64_t row = 0; row < width_; ++row) {
            const Real* values = rows + row * stride + first;
            const Real lower = lower_[static_cast<std::size_t>(row)], upper = upper_[static_cast<std::size_t>(row)];
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                poison[lane] += values[lane] * Real(0);
                outside[lane] |= (values[lane] < lower) | (values[lane] > upper);
            }
        }
        for (std::int64_t column = first; column < std::min(first + stride_multiple, columns); ++column) {
            const auto lane = static_cast<std::size_t>(column - first);
            flags[column] = outside[lane] != 0 ? PARAMNET_FLAG_OUTSIDE_ENVELOPE : 0;
            if (poison[lane] == Real(0)) continue;
            flags[column] = PARAMNET_FLAG_NONFINITE_INPUT;
            for (std::int64_t row = 0; row < width_; ++row) rows[row * stride + column] = Real(0);
        }
    }
}

template <typename Real>
void Guard<Real>::inspect_outputs(const Field& output, const Real* rows, std::int64_t columns, std::int64_t stride,
                                  std::int32_t* flags) {
    const Real largest = output.kind == PARAMNET_REAL32 ? static_cast<Real>(std::numeric_limits<float>::max())
                                                        : std::numeric_limits<Real>::max();
    for (std::int64_t row = output.row; row < output.row + output.rows; ++row) {
        const Real* values = rows + row * stride;
        Mask<Real> any = 0;
        for (std::int64_t column = 0; column < columns; ++column) any |= !(std::abs(values[column]) <= largest);
        if (any == 0) continue;
        for (std::int64_t column = 0; column < columns; ++column)
            if (!(std::abs(values[column]) <= largest)) flags[column] |= PARAMNET_FLAG_NONFINITE_OUTPUT;
    }
}

template class Guard<float>;
template class Guard<double>;

}  // namespace paramnet

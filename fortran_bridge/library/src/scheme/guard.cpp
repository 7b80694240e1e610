#include "scheme/guard.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backends/backend.hpp"

namespace paramnet {
namespace {

// Number of columns checked together, as many as fit in the registers.
constexpr std::size_t most_lanes = static_cast<std::size_t>(stride_multiple);

template <typename Real>
using Mask = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;

}  // namespace

template <typename Real>
Guard<Real>::Guard(const Envelope& envelope, std::int64_t width)
    : width_(width),
      lower_(static_cast<std::size_t>(width), std::numeric_limits<Real>::lowest()),
      upper_(static_cast<std::size_t>(width), std::numeric_limits<Real>::max()) {
    for (std::size_t row = 0; row < envelope.box.lower.size(); ++row) {
        lower_[row] = static_cast<Real>(envelope.box.lower[row]);
        upper_[row] = static_cast<Real>(envelope.box.upper[row]);
    }
    if (!envelope.distance) return;
    const Distance& distance = *envelope.distance;
    mean_.assign(distance.mean.begin(), distance.mean.end());
    inverse_std_.assign(distance.inverse_std.begin(), distance.inverse_std.end());
    inverse_scale_.assign(distance.inverse_scale.begin(), distance.inverse_scale.end());
    for (std::size_t row = 0; row < mean_.size(); ++row)
        for (std::size_t index = 0; index < inverse_scale_.size(); ++index)
            components_.push_back(static_cast<Real>(distance.components[index * mean_.size() + row]));
    residual_weight_ = static_cast<Real>(distance.residual_inverse_scale * distance.residual_inverse_scale);
    limit_ = static_cast<Real>(distance.limit * distance.limit);
}

// Flags `count` <= lanes columns from `first` on; further lanes are read but not used.
template <typename Real>
template <std::size_t lanes>
void Guard<Real>::inspect_lanes(Real* rows, std::int64_t first, std::int64_t count, std::int64_t stride,
                                std::int32_t* flags) const {
    std::array<Real, lanes> poison{};  // zero except for 0 * inf and 0 * NaN
    std::array<Mask<Real>, lanes> outside{};
    for (std::int64_t row = 0; row < width_; ++row) {
        const Real* values = rows + row * stride + first;
        const Real lower = lower_[static_cast<std::size_t>(row)], upper = upper_[static_cast<std::size_t>(row)];
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            poison[lane] += values[lane] * Real(0);
            outside[lane] |= (values[lane] < lower) | (values[lane] > upper);
        }
    }
    for (std::int64_t column = first; column < first + count; ++column) {
        const auto lane = static_cast<std::size_t>(column - first);
        flags[column] = outside[lane] != 0 ? PARAMNET_FLAG_OUTSIDE_ENVELOPE : 0;
        if (poison[lane] == Real(0)) continue;
        flags[column] = PARAMNET_FLAG_NONFINITE_INPUT;
        for (std::int64_t row = 0; row < width_; ++row) rows[row * stride + column] = Real(0);
    }
}

template <typename Real>
void Guard<Real>::inspect_inputs(Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const {
    for (std::int64_t first = 0; first < columns; first += stride_multiple) {
        const std::int64_t count = std::min(stride_multiple, columns - first);
        if (count <= 4)
            inspect_lanes<4>(rows, first, count, stride, flags);
        else
            inspect_lanes<most_lanes>(rows, first, count, stride, flags);
    }
    if (!inverse_scale_.empty()) inspect_distance(rows, columns, stride, flags);
}

template <typename Real>
void Guard<Real>::inspect_distance(const Real* rows, std::int64_t columns, std::int64_t stride,
                                   std::int32_t* flags) const {
    constexpr std::size_t lanes = most_lanes;
    const std::size_t count = inverse_scale_.size();
    for (std::int64_t first = 0; first < columns; first += stride_multiple) {
        std::array<std::array<Real, lanes>, most_components> along{};
        std::array<Real, lanes> squares{}, explained{}, sum{};
        for (std::size_t row = 0; row < mean_.size(); ++row) {
            const Real* values = rows + static_cast<std::int64_t>(row) * stride + first;
            const Real* components = components_.data() + row * count;
            std::array<Real, lanes> z;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                z[lane] = (values[lane] - mean_[row]) * inverse_std_[row];
                squares[lane] += z[lane] * z[lane];
            }
            for (std::size_t index = 0; index < count; ++index)
                for (std::size_t lane = 0; lane < lanes; ++lane) along[index][lane] += components[index] * z[lane];
        }
        for (std::size_t index = 0; index < count; ++index)
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const Real scaled = along[index][lane] * inverse_scale_[index];
                explained[lane] += along[index][lane] * along[index][lane];
                sum[lane] += scaled * scaled;
            }
        for (std::int64_t column = first; column < std::min(first + stride_multiple, columns); ++column) {
            const auto lane = static_cast<std::size_t>(column - first);
            const Real left = std::max(squares[lane] - explained[lane], Real(0));
            const bool inside = sum[lane] + left * residual_weight_ <= limit_;
            if (!inside && (flags[column] & PARAMNET_FLAG_NONFINITE_INPUT) == 0)
                flags[column] |= PARAMNET_FLAG_FAR_FROM_TRAINING;
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

// Flags the columns that are not to be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scheme/envelope.hpp"
#include "scheme/field.hpp"

namespace paramnet {

template <typename Real>
class Guard {
public:
    Guard(const Envelope& envelope, std::int64_t width);

    // Sets flags[column] from rows(width, stride); columns with a NaN or infinity become zeros, so that they cannot
    // affect another column or slow the network down.  All columns up to padded(columns) are read.
    void inspect_inputs(Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const;

    // Adds PARAMNET_FLAG_NONFINITE_OUTPUT where a value of the field's rows is not finite in the kind of the host's array.
    static void inspect_outputs(const Field& output, const Real* rows, std::int64_t columns, std::int64_t stride,
                                std::int32_t* flags);

private:
    template <std::size_t lanes>
    void inspect_lanes(Real* rows, std::int64_t first, std::int64_t count, std::int64_t stride,
                       std::int32_t* flags) const;
    void inspect_distance(const Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const;

    std::int64_t width_;
    std::vector<Real> lower_, upper_;
    std::vector<Real> mean_, inverse_std_;
    std::vector<Real> components_;     // by row, then by component
    std::vector<Real> inverse_scale_;  // empty: no distance
    Real residual_weight_ = Real(0), limit_ = Real(0);  // squares, as the distance is
};

}  // namespace paramnet

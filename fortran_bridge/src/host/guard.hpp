// Marks, column by column, what must not be trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/binding.hpp"
#include "artefact/manifest.hpp"

namespace paramnet {

template <typename Real>
class Guard {
public:
    // tolerance widens the training range by that fraction of (maximum - minimum); no range, no envelope check.
    Guard(const std::optional<Range>& range, std::int64_t width, double tolerance);

    // Sets flags[column] from rows(width, stride); columns with a NaN or infinity become zeros, so that nothing of
    // them can reach another column or slow the network down.
    void inspect_inputs(Real* rows, std::int64_t columns, std::int64_t stride, std::int32_t* flags) const;

    // Adds PARAMNET_FLAG_NONFINITE_OUTPUT where a value is not finite in the kind of the host's array.
    static void inspect_outputs(const Slots& outputs, const Real* rows, std::int64_t columns, std::int64_t stride,
                                std::int32_t* flags);

private:
    std::int64_t width_;
    std::vector<Real> lower_, upper_;
};

}  // namespace paramnet

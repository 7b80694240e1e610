// The rows after the host's inputs: state, then random numbers.
#pragma once

#include <cstdint>

#include "artefact/manifest.hpp"
#include "backends/native/isa.hpp"
#include "scheme/carried.hpp"

namespace paramnet {

// Fills columns first .. first + count - 1 of the handle; rows are `stride` apart.  carried null: start values, and zeros for
// random numbers.  random: (random_numbers, stride) numbers of scratch memory.
template <typename Real>
void fill_carried(const Manifest& manifest, const native::Kernels& kernels, const NoiseKey& key, const Carried* carried,
                  std::int64_t first, std::int64_t count, std::int64_t stride, float* random, Real* rows);

}  // namespace paramnet

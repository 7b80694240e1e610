// Weights of a dense layer in the order of the kernels (kernels.hpp, Dense).
#pragma once

#include <cstddef>

#include "backends/native/program.hpp"

namespace paramnet::native {

std::size_t packed_bytes(const Constant& weight, bool bfloat16);
std::size_t padded_bias_bytes(const Constant& weight);

// Packs into zeroed memory of packed_bytes.
void pack(const Constant& weight, bool bfloat16, std::byte* panels);

}  // namespace paramnet::native

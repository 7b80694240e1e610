// Weights of a dense layer in the order of the kernels (kernels.hpp, Dense).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backends/native/program.hpp"

namespace paramnet::native {

// A matrix and its bias, which may be empty, within the constants of a program.
struct Layer {
    Constant weight;
    std::span<const std::byte> bias;
};

// The layers of an operation, in the order of Plan::layers.
std::vector<Layer> layers_of(const Operation& operation, const Program& program);

std::size_t packed_bytes(const Constant& weight, bool bfloat16);
std::size_t padded_bias_bytes(const Constant& weight);

// Packs into zeroed memory of packed_bytes.
void pack(const Constant& weight, bool bfloat16, std::byte* panels);

}  // namespace paramnet::native

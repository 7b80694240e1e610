#include "backends/native/packing.hpp"

#include <bit>
#include <cmath>

#include "backends/native/memory.hpp"

namespace paramnet::native {
namespace {

// Round to nearest, ties to even, as the processor does; subnormal numbers become zero, as on the processor.
std::uint16_t rounded(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    if (std::isnan(number)) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
    return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

std::int64_t padded_outputs(const Constant& weight) {
    return (weight.rows + panel_outputs - 1) / panel_outputs * panel_outputs;
}

// Calls place(panel row k of output j within panel p, number).
template <typename Place>
void each_weight(const Constant& weight, Place place) {
    const float* number = weight.as<float>();
    for (std::int64_t output = 0; output < weight.rows; ++output)
        for (std::int64_t k = 0; k < weight.width; ++k)
            place(output / panel_outputs, k, output % panel_outputs, *number++);
}

// Rows of a constant.
Constant part(const Constant& whole, std::int64_t first, std::int64_t rows) {
    const std::int64_t row = (whole.width ? whole.width : 1) * bytes_of(whole.type);
    Constant result = whole;
    result.rows = rows;
    result.bytes = whole.bytes.subspan(static_cast<std::size_t>(first * row), static_cast<std::size_t>(rows * row));
    return result;
}

}  // namespace

std::vector<Layer> layers_of(const Operation& operation, const Program& program) {
    const auto constant = [&](std::int64_t number) { return program.constants[static_cast<std::size_t>(number)]; };
    if (operation.kind == Kind::dense || operation.kind == Kind::convolution) {
        const auto bias = operation.bias == none ? std::span<const std::byte>{} : constant(operation.bias).bytes;
        return {{constant(operation.weight), bias}};
    }
    std::vector<Layer> result;
    if (operation.kind != Kind::lstm) return result;
    const Constant weight = constant(operation.weight), state = constant(operation.state_weight);
    const std::int64_t gates = 4 * state.width;
    for (std::int64_t first = 0; first < weight.rows; first += gates) {
        result.push_back({part(weight, first, gates), part(constant(operation.bias), first, gates).bytes});
        result.push_back({part(state, first, gates), {}});
    }
    return result;
}

std::size_t packed_bytes(const Constant& weight, bool bfloat16) {
    const std::int64_t row = bfloat16 ? (weight.width + 1) / 2 : weight.width;
    return whole_lines(static_cast<std::size_t>(padded_outputs(weight) * row * 4));
}

std::size_t padded_bias_bytes(const Constant& weight) {
    return whole_lines(static_cast<std::size_t>(padded_outputs(weight) * 4));
}

void pack(const Constant& weight, bool bfloat16, std::byte* panels) {
    const std::int64_t width = weight.width, pairs = (width + 1) / 2;
    if (bfloat16) {
        auto* to = reinterpret_cast<std::uint16_t*>(panels);
        each_weight(weight, [=](std::int64_t panel, std::int64_t k, std::int64_t output, float number) {
            to[((panel * pairs + k / 2) * panel_outputs + output) * 2 + k % 2] = rounded(number);
        });
    } else {
        auto* to = reinterpret_cast<float*>(panels);
        each_weight(weight, [=](std::int64_t panel, std::int64_t k, std::int64_t output, float number) {
            to[(panel * width + k) * panel_outputs + output] = number;
        });
    }
}

}  // namespace paramnet::native

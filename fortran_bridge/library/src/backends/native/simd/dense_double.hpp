// The dense layer in float64, for derivatives: weights are the float32 panels of the forward kernel, which are exact.
#pragma once

#include "vector.hpp"
#include "../kernels.hpp"

namespace paramnet::native {
namespace {

constexpr int wide_outputs = registers == 32 ? 8 : 4;  // of a tile
constexpr int wide_vectors = 2;                                    // divide the 16 columns of which blocks are multiples

inline void wide_tile(const Dense& dense, const WideCall& call, std::int64_t first, std::int64_t column) {
    const float* weights =
        static_cast<const float*>(dense.panels) + first / panel_outputs * dense.inputs * panel_outputs + first % panel_outputs;
    const double* x = call.in + column;
    D sums[wide_outputs][wide_vectors] = {};
    for (std::int64_t k = 0; k < dense.inputs; ++k, x += call.in_stride, weights += panel_outputs) {
        D inputs[wide_vectors];
#pragma GCC unroll 2
        for (int vector = 0; vector < wide_vectors; ++vector) inputs[vector] = load(x + vector * lanes<double>);
#pragma GCC unroll 8
        for (int output = 0; output < wide_outputs; ++output) {
            const D weight = broadcast(static_cast<double>(weights[output]));
#pragma GCC unroll 2
            for (int vector = 0; vector < wide_vectors; ++vector)
                sums[output][vector] = fma(weight, inputs[vector], sums[output][vector]);
        }
    }
    for (int output = 0; output < wide_outputs && first + output < dense.outputs; ++output) {
        double* row = call.out + (first + output) * call.out_stride + column;
        const D bias = broadcast(static_cast<double>(dense.bias[first + output]));
        for (int vector = 0; vector < wide_vectors; ++vector) {
            double* to = row + vector * lanes<double>;
            const D sum = sums[output][vector] + bias;
            store(to, call.add ? load(to) + sum : sum);
        }
    }
}

// W x + b, without activation and residual.
inline void dense_float64(const Dense& dense, const WideCall& call) {
    for (std::int64_t first = 0; first < dense.outputs; first += wide_outputs)
        for (std::int64_t column = 0; column < call.columns; column += wide_vectors * lanes<double>)
            wide_tile(dense, call, first, column);
}

}  // namespace
}  // namespace paramnet::native

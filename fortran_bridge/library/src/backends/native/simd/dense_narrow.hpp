// The dense layer for a few columns, where a vector across columns would be mostly padding: SIMD runs across the 8
// outputs of a panel, several panels at once to hide the latency of the multiply-add.  Each output adds the same
// products in the same order as in the wide kernel, hence the same bits.
#pragma once

#include "dense.hpp"

namespace paramnet::native {
namespace {

template <int columns, int count>
inline void accumulate(Panel (&sums)[count][columns], const DenseCall& call, const float* weights, std::int64_t step,
                       std::int64_t first, std::int64_t last) {
    const float* x = call.in + first * call.in_stride;
    weights += first * panel_outputs;
    for (std::int64_t k = first; k < last; ++k, x += call.in_stride, weights += panel_outputs) {
#pragma GCC unroll 8
        for (int panel = 0; panel < count; ++panel) {
            const Panel weight = load_panel(weights + panel * step);
#pragma GCC unroll 8
            for (int column = 0; column < columns; ++column)
                sums[panel][column] = fma(weight, broadcast_panel(x[column]), sums[panel][column]);
        }
    }
}

template <int columns, int count>
inline void panels(const Dense& dense, const DenseCall& call, std::int64_t first, float* sums_out, std::int64_t row) {
    const std::int64_t step = dense.inputs * panel_outputs;
    const float* weights = static_cast<const float*>(dense.panels) + first * step;
    Panel sums[count][columns];
#pragma GCC unroll 8
    for (int panel = 0; panel < count; ++panel)
#pragma GCC unroll 8
        for (int column = 0; column < columns; ++column)
            sums[panel][column] = load_panel(dense.bias + (first + panel) * panel_outputs);
    const std::int64_t half = first_half(dense.inputs);
    accumulate(sums, call, weights, step, 0, half);
    if (half < dense.inputs) {
        Panel earlier[count][columns];
        std::memcpy(earlier, sums, sizeof earlier);
        std::memset(sums, 0, sizeof sums);
        accumulate(sums, call, weights, step, half, dense.inputs);
#pragma GCC unroll 8
        for (int panel = 0; panel < count; ++panel)
#pragma GCC unroll 8
            for (int column = 0; column < columns; ++column) sums[panel][column] = sum_of(sums[panel][column], earlier[panel][column]);
    }
#pragma GCC unroll 8
    for (int panel = 0; panel < count; ++panel)
#pragma GCC unroll 8
        for (int column = 0; column < columns; ++column)
            store_panel(sums_out + column * row + (first + panel) * panel_outputs, sums[panel][column]);
}

// Two operations in flight for each of 4 cycles' latency, as far as there are registers.
constexpr int panels_at_once(int columns) {
    // A panel takes two registers where vectors have 16 bytes.
    constexpr int accumulators = PARAMNET_VECTOR_BYTES == 64 ? 24 : PARAMNET_VECTOR_BYTES == 32 ? 10 : registers == 32 ? 12 : 6;
    return accumulators / columns > 8 ? 8 : accumulators / columns < 1 ? 1 : accumulators / columns;
}

template <int columns>
void all_panels(const Dense& dense, const DenseCall& call, float* sums, std::int64_t row) {
    constexpr int count = panels_at_once(columns);
    const std::int64_t total = (dense.outputs + panel_outputs - 1) / panel_outputs;
    std::int64_t first = 0;
    for (; first + count <= total; first += count) panels<columns, count>(dense, call, first, sums, row);
    for (; first < total; ++first) panels<columns, 1>(dense, call, first, sums, row);
}

inline void residual_into(float* sums, std::int64_t row, const Dense& dense, const DenseCall& call) {
    for (std::int64_t column = 0; column < call.columns; ++column)
        for (std::int64_t output = 0; output < dense.outputs; ++output)
            sums[column * row + output] += call.residual[output * call.residual_stride + column];
}

inline void dense_narrow(const Dense& dense, const DenseCall& call) {
    float* sums = static_cast<float*>(call.scratch);
    const std::int64_t row = (dense.outputs + 15) / 16 * 16;
    switch (call.columns) {
        case 1: all_panels<1>(dense, call, sums, row); break;
        case 2: all_panels<2>(dense, call, sums, row); break;
        case 3: all_panels<3>(dense, call, sums, row); break;
        case 4: all_panels<4>(dense, call, sums, row); break;
        case 5: all_panels<5>(dense, call, sums, row); break;
        case 6: all_panels<6>(dense, call, sums, row); break;
        case 7: all_panels<7>(dense, call, sums, row); break;
        default: all_panels<8>(dense, call, sums, row); break;
    }
    if (call.residual && !dense.residual_after) residual_into(sums, row, dense, call);
    if (dense.activation.op != Unary::identity)
        unary<float>(dense.activation, {sums, row}, {sums, row}, {call.columns, row});
    if (call.residual && dense.residual_after) residual_into(sums, row, dense, call);
    for (std::int64_t output = 0; output < dense.outputs; ++output)
        for (std::int64_t column = 0; column < call.columns; ++column)
            call.out[output * call.out_stride + column] = sums[column * row + output];
}

inline void dense_float32(const Dense& dense, const DenseCall& call) {
    if (call.columns <= narrow_columns)
        dense_narrow(dense, call);
    else
        dense_wide<Float32Product>(dense, call, {call.in, call.in_stride, dense.inputs});
}

}  // namespace
}  // namespace paramnet::native

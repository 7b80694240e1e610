// The dense layer with SIMD across columns: a tile of outputs x columns stays in registers during the loop over k; each
// weight is broadcast to a vector of columns.  Each output starts from its bias and adds its products in the order of k
// in every tile, so all tiles give the same bits.  The second half of a long sum is added up separately: a fifth less
// rounding error in a deep network, for one more addition per output.
#pragma once

#include <cstring>

#include "elementwise.hpp"

namespace paramnet::native {
namespace {

// Register tiles: 8 outputs x 2 vectors in 32 registers (3 where a vector is short), or 4 x 3 in 16.
constexpr int tile_outputs = registers == 32 ? 8 : 4;
constexpr int tile_vectors = PARAMNET_VECTOR_BYTES == 64 ? 2 : 3;

// Vectors of the next tile: avoids a final tile of one vector, which would load a vector for every 8 products.
inline int tile_width(std::int64_t vectors_left) {
    if (vectors_left == tile_vectors + 1) return tile_vectors == 2 ? 3 : 2;
    return vectors_left < tile_vectors ? static_cast<int>(vectors_left) : tile_vectors;
}

struct Float32Product {
    static F add(F sum, const float* weight, F x) { return fma(broadcast(*weight), x, sum); }
};

struct Source {
    const float* data;
    std::int64_t stride;
    std::int64_t depth;  // rows: inputs, or pairs of them
};

// Number of the `depth` products in the first of two sums.
inline std::int64_t first_half(std::int64_t depth) { return depth < 64 ? depth : depth / 2; }

// Position of a tile in the layer.
struct Place {
    std::int64_t output;
    std::int64_t outputs;  // fewer than tile_outputs at the lower edge
    std::int64_t column;
};

inline bool in_registers(const Function& activation) {
    return activation.op == Unary::identity || activation.op == Unary::relu || activation.op == Unary::leaky_relu;
}

template <int vectors>
inline void add_residual(F (&sums)[tile_outputs][vectors], const DenseCall& call, Place place) {
#pragma GCC unroll 8
    for (int output = 0; output < tile_outputs; ++output) {
        if (output >= place.outputs) return;
        const float* row = call.residual + (place.output + output) * call.residual_stride + place.column;
#pragma GCC unroll 3
        for (int vector = 0; vector < vectors; ++vector) sums[output][vector] += load(row + vector * lanes<float>);
    }
}

template <int vectors, typename Map>
inline void each(F (&sums)[tile_outputs][vectors], Map function) {
#pragma GCC unroll 8
    for (int output = 0; output < tile_outputs; ++output)
#pragma GCC unroll 3
        for (int vector = 0; vector < vectors; ++vector) sums[output][vector] = function(sums[output][vector]);
}

// Functions that need too many registers run over the tile while it is in the first-level cache.
inline void finish_in_memory(const Dense& dense, const DenseCall& call, Place place, std::int64_t columns) {
    float* tile = call.out + place.output * call.out_stride + place.column;
    const Extent extent{place.outputs, columns};
    unary<float>(dense.activation, {tile, call.out_stride}, {tile, call.out_stride}, extent);
    if (call.residual && dense.residual_after) {
        const float* residual = call.residual + place.output * call.residual_stride + place.column;
        binary<float>(Binary::add, {tile, call.out_stride, false}, {residual, call.residual_stride, false},
                      {tile, call.out_stride}, extent);
    }
}

template <int vectors>
inline void finish(F (&sums)[tile_outputs][vectors], const Dense& dense, const DenseCall& call, Place place) {
    const bool inside = in_registers(dense.activation);
    if (call.residual && !dense.residual_after) add_residual(sums, call, place);
    if (dense.activation.op == Unary::relu) each(sums, [](F x) { return relu<float>(x); });
    if (dense.activation.op == Unary::leaky_relu) {
        const float slope = static_cast<float>(dense.activation.slope);
        each(sums, [=](F x) { return leaky_relu(x, slope); });
    }
    if (inside && call.residual && dense.residual_after) add_residual(sums, call, place);
#pragma GCC unroll 8
    for (int output = 0; output < tile_outputs; ++output) {
        if (output >= place.outputs) break;
        float* row = call.out + (place.output + output) * call.out_stride + place.column;
#pragma GCC unroll 3
        for (int vector = 0; vector < vectors; ++vector) store(row + vector * lanes<float>, sums[output][vector]);
    }
    if (!inside) finish_in_memory(dense, call, place, vectors * lanes<float>);
}

// Adds the products of rows first to last - 1 of `source` to each sum; x and weights belong to row 0.  Also prefetches
// the next panel's weights, which the processor would not predict; past the last panel this is harmless.
template <typename Product, int vectors>
inline void accumulate(F (&sums)[tile_outputs][vectors], const float* x, const float* weights, const Source& source,
                       std::int64_t first, std::int64_t last) {
    const std::int64_t panel = source.depth * panel_outputs;
    x += first * source.stride;
    weights += first * panel_outputs;
    for (std::int64_t k = first; k < last; ++k, x += source.stride, weights += panel_outputs) {
        __builtin_prefetch(weights + panel);
        F inputs[vectors];
#pragma GCC unroll 3
        for (int vector = 0; vector < vectors; ++vector) inputs[vector] = load(x + vector * lanes<float>);
#pragma GCC unroll 8
        for (int output = 0; output < tile_outputs; ++output)
#pragma GCC unroll 3
            for (int vector = 0; vector < vectors; ++vector)
                sums[output][vector] = Product::add(sums[output][vector], weights + output, inputs[vector]);
    }
}

template <int vectors>
inline void set(F (&sums)[tile_outputs][vectors], const float* values) {
#pragma GCC unroll 8
    for (int output = 0; output < tile_outputs; ++output)
#pragma GCC unroll 3
        for (int vector = 0; vector < vectors; ++vector) sums[output][vector] = broadcast_anew(values + output);
}

template <typename Product, int vectors>
[[gnu::always_inline]] inline void tile(const Dense& dense, const DenseCall& call, const Source& source,
                                        const float* weights, Place place) {
    F sums[tile_outputs][vectors];
    set(sums, dense.bias + place.output);
    const float* x = source.data + place.column;
    const std::int64_t half = first_half(source.depth);
    accumulate<Product>(sums, x, weights, source, 0, half);
    if (half < source.depth) {
        F first[tile_outputs][vectors];
        std::memcpy(first, sums, sizeof first);
        each(sums, [](F) { return F{}; });
        accumulate<Product>(sums, x, weights, source, half, source.depth);
#pragma GCC unroll 8
        for (int output = 0; output < tile_outputs; ++output)
#pragma GCC unroll 3
            for (int vector = 0; vector < vectors; ++vector) sums[output][vector] += first[output][vector];
    }
    finish(sums, dense, call, place);
}

template <typename Product>
void dense_wide(const Dense& dense, const DenseCall& call, const Source& source) {
    const std::int64_t vectors = (call.columns + 15) / 16 * 16 / lanes<float>;
    const float* panels = static_cast<const float*>(dense.panels);
    for (std::int64_t first = 0; first < dense.outputs; first += tile_outputs) {
        const float* weights = panels + (first / panel_outputs) * source.depth * panel_outputs + first % panel_outputs;
        const std::int64_t outputs = dense.outputs - first < tile_outputs ? dense.outputs - first : tile_outputs;
        std::int64_t done = 0;
        while (done < vectors) {
            const Place place{first, outputs, done * lanes<float>};
            const int width = tile_width(vectors - done);
            if (width == 3) tile<Product, 3>(dense, call, source, weights, place);
            if (width == 2) tile<Product, 2>(dense, call, source, weights, place);
            if (width == 1) tile<Product, 1>(dense, call, source, weights, place);
            done += width;
        }
    }
}

}  // namespace
}  // namespace paramnet::native

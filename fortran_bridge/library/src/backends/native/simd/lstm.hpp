// The part of an LSTM between its layers: gates to state and output.
#pragma once

#include "exponential.hpp"
#include "../kernels.hpp"

namespace paramnet::native {
namespace {

// Numerator and denominator, so that several functions need one division.
struct Fraction {
    F above, below;
};

inline Fraction sigmoid_fraction(F x) {
    const F decayed = Exponential<float>::of(larger(broadcast(ExponentialNumbers<float>::lowest), negative<float>(x))).value();
    return {x < 0.0f ? decayed : broadcast(1.0f), broadcast(1.0f) + decayed};
}

inline Fraction tanh_fraction(F x) {
    constexpr float limit = ExponentialNumbers<float>::tanh_limit;
    const F grown = expm1_near<float>(smaller(broadcast(limit), absolute<float>(x)) * 2.0f);
    return {with_sign_of<float>(grown, x), grown + 2.0f};
}

// state = forget * state + enter * new; out = show * tanh(state)
inline void lstm(const Cell& cell, Extent extent) {
    const std::int64_t kind = extent.rows * cell.gates.stride;
    for (std::int64_t row = 0; row < extent.rows; ++row)
        for (std::int64_t column = 0; column < extent.columns; column += lanes<float>) {
            const float* const gates = cell.gates.data + row * cell.gates.stride + column;
            float* const kept = cell.state.data + row * cell.state.stride + column;
            const Fraction enter = sigmoid_fraction(load(gates)), fresh = tanh_fraction(load(gates + 2 * kind));
            const F below = enter.below * fresh.below;
            F state;
            if (cell.first) {
                state = enter.above * fresh.above / below;
            } else {
                const Fraction forget = sigmoid_fraction(load(gates + kind));
                state = fma(forget.above * load(kept), below, enter.above * fresh.above * forget.below) / (forget.below * below);
            }
            store(kept, state);
            const Fraction show = sigmoid_fraction(load(gates + 3 * kind)), bounded = tanh_fraction(state);
            store(cell.out.data + row * cell.out.stride + column, show.above * bounded.above / (show.below * bounded.below));
        }
}

}  // namespace
}  // namespace paramnet::native

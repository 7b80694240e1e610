// Normalization by mean and standard deviation of groups of rows, within each column.
#pragma once

#include "elementwise.hpp"

namespace paramnet::native {
namespace {

// The rows of one group: `levels` runs of `channels` adjacent rows.
struct Group {
    const float* in;
    float* out;
    std::int64_t in_stride, out_stride;  // from row to row
    std::int64_t in_step, out_step;      // from level to level
    std::int64_t levels, channels;
};

// Sum over the group's rows of function(x), in four sums that take turns within each level.
template <typename Map>
inline F total(const Group& group, std::int64_t column, Map function) {
    F sums[4] = {};
    for (std::int64_t level = 0; level < group.levels; ++level) {
        const float* row = group.in + level * group.in_step + column;
        std::int64_t channel = 0;
        for (; channel + 4 <= group.channels; channel += 4)
#pragma GCC unroll 4
            for (std::int64_t turn = 0; turn < 4; ++turn)
                sums[turn] = function(load(row + (channel + turn) * group.in_stride), sums[turn]);
        for (; channel < group.channels; ++channel) sums[0] = function(load(row + channel * group.in_stride), sums[0]);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

template <typename Map>
inline void scaled_and_shifted(const Group& group, const Normalization& what, std::int64_t first, std::int64_t column, F mean,
                               F inverse, Map activation) {
    for (std::int64_t level = 0; level < group.levels; ++level) {
        const float* from = group.in + level * group.in_step + column;
        float* to = group.out + level * group.out_step + column;
        for (std::int64_t channel = 0; channel < group.channels; ++channel) {
            const F deviation = (load(from + channel * group.in_stride) - mean) * inverse;
            store(to + channel * group.out_stride,
                  activation(fma(deviation, broadcast(what.scale[first + channel]), broadcast(what.shift[first + channel]))));
        }
    }
}

inline void normalize_group(const Group& group, const Normalization& what, std::int64_t first, std::int64_t columns) {
    const float share = 1.0f / static_cast<float>(group.levels * group.channels);
    for (std::int64_t column = 0; column < columns; column += lanes<float>) {
        const F mean = total(group, column, [](F x, F sum) { return sum + x; }) * share;
        const F variance = total(group, column, [=](F x, F sum) { return fma(x - mean, x - mean, sum); }) * share;
        const F inverse = broadcast(1.0f) / square_root(variance + what.epsilon);
        if (what.activation.op == Unary::silu)
            scaled_and_shifted(group, what, first, column, mean, inverse, [](F x) { return silu<float>(x); });
        else
            scaled_and_shifted(group, what, first, column, mean, inverse, [](F x) { return x; });
    }
    if (what.activation.op == Unary::identity || what.activation.op == Unary::silu) return;
    for (std::int64_t level = 0; level < group.levels; ++level) {
        float* const rows = group.out + level * group.out_step;
        unary<float>(what.activation, {rows, group.out_stride}, {rows, group.out_stride}, {group.channels, columns});
    }
}

// Some columns at a time, so that a group stays in the first-level cache.
inline void normalize(const Normalization& what, Rows<const float> in, Rows<float> out, std::int64_t columns) {
    constexpr std::int64_t at_once = 16;
    const std::int64_t channels = what.channels / what.groups, outer = what.by_level ? what.levels : 1;
    for (std::int64_t column = 0; column < columns; column += at_once)
        for (std::int64_t level = 0; level < outer; ++level)
            for (std::int64_t first = 0; first < what.channels; first += channels) {
                const std::int64_t row = level * what.channels + first;
                const Group group{in.data + row * in.stride + column, out.data + row * out.stride + column, in.stride, out.stride,
                                  what.channels * in.stride, what.channels * out.stride, what.by_level ? 1 : what.levels, channels};
                normalize_group(group, what, first, at_once);
            }
}

}  // namespace
}  // namespace paramnet::native

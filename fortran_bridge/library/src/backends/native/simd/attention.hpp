// Attention between the levels of a column.  All factors vary from column to column, so a tile of queries x keys, and then
// of queries x channels, stays in registers.  Each sum runs over channels, or levels, from first to last in every tile.
#pragma once

#include "exponential.hpp"
#include "../kernels.hpp"

namespace paramnet::native {
namespace {

constexpr int queries_at_once = static_cast<int>(attention_queries);
constexpr int others_at_once = registers == 32 ? 4 : 2;  // keys or channels

// One head, one vector of columns, and queries_at_once queries; past the last row the last one is repeated.
struct Head {
    const float* queries[queries_at_once];
    Rows<const float> keys, values;  // `stride` from channel to channel
    std::int64_t keys_step, values_step;  // from level to level
    std::int64_t levels, channels, query_stride;
    float factor;
    float* scores;  // (level, query, lane)
};

constexpr std::int64_t score_step = queries_at_once * lanes<float>;

inline std::int64_t last_or(std::int64_t index, std::int64_t count) { return index < count ? index : count - 1; }

inline void score(const Head& head, std::int64_t first) {
    F sums[queries_at_once][others_at_once] = {};
    const float* keys[others_at_once];
    for (int other = 0; other < others_at_once; ++other)
        keys[other] = head.keys.data + last_or(first + other, head.levels) * head.keys_step;
    for (std::int64_t channel = 0; channel < head.channels; ++channel) {
        F key[others_at_once];
#pragma GCC unroll 4
        for (int other = 0; other < others_at_once; ++other) key[other] = load(keys[other] + channel * head.keys.stride);
#pragma GCC unroll 4
        for (int query = 0; query < queries_at_once; ++query) {
            const F x = load(head.queries[query] + channel * head.query_stride);
#pragma GCC unroll 4
            for (int other = 0; other < others_at_once; ++other) sums[query][other] = fma(x, key[other], sums[query][other]);
        }
    }
    for (int other = 0; other < others_at_once && first + other < head.levels; ++other)
#pragma GCC unroll 4
        for (int query = 0; query < queries_at_once; ++query)
            store(head.scores + (first + other) * score_step + query * lanes<float>, sums[query][other] * head.factor);
}

// Scores to exp(score - largest); returns one over their sum.
inline F exponentials(const Head& head, int query) {
    float* const scores = head.scores + query * lanes<float>;
    F largest = load(scores), sum{};
    for (std::int64_t level = 1; level < head.levels; ++level) largest = larger(largest, load(scores + level * score_step));
    for (std::int64_t level = 0; level < head.levels; ++level) {
        const F weight = exp<float>(load(scores + level * score_step) - largest);
        store(scores + level * score_step, weight);
        sum += weight;
    }
    return broadcast(1.0f) / sum;
}

inline void mix(const Head& head, std::int64_t first, const F (&shares)[queries_at_once], float* const (&out)[queries_at_once],
                std::int64_t out_stride, std::int64_t queries) {
    F sums[queries_at_once][others_at_once] = {};
    const float* values[others_at_once];
    for (int other = 0; other < others_at_once; ++other)
        values[other] = head.values.data + last_or(first + other, head.channels) * head.values.stride;
    for (std::int64_t level = 0; level < head.levels; ++level) {
        F value[others_at_once];
#pragma GCC unroll 4
        for (int other = 0; other < others_at_once; ++other) value[other] = load(values[other] + level * head.values_step);
#pragma GCC unroll 4
        for (int query = 0; query < queries_at_once; ++query) {
            const F weight = load(head.scores + level * score_step + query * lanes<float>);
#pragma GCC unroll 4
            for (int other = 0; other < others_at_once; ++other)
                sums[query][other] = fma(weight, value[other], sums[query][other]);
        }
    }
    for (int query = 0; query < queries; ++query)
        for (int other = 0; other < others_at_once && first + other < head.channels; ++other)
            store(out[query] + (first + other) * out_stride, sums[query][other] * shares[query]);
}

inline void attend(const Attention& what, const AttentionCall& call) {
    const std::int64_t width = what.heads * what.channels;
    for (std::int64_t column = 0; column < call.columns; column += lanes<float>)
        for (std::int64_t first_head = 0; first_head < width; first_head += what.channels)
            for (std::int64_t first = 0; first < what.levels; first += queries_at_once) {
                const auto start = [=](auto rows) { return rows.data + first_head * rows.stride + column; };
                Head head{{}, {start(call.keys), call.keys.stride}, {start(call.values), call.values.stride},
                          width * call.keys.stride, width * call.values.stride, what.levels, what.channels,
                          call.queries.stride, what.factor, call.scratch};
                float* out[queries_at_once];
                for (int query = 0; query < queries_at_once; ++query) {
                    const std::int64_t level = last_or(first + query, what.levels);
                    head.queries[query] = start(call.queries) + level * width * call.queries.stride;
                    out[query] = start(call.out) + level * width * call.out.stride;
                }
                for (std::int64_t key = 0; key < what.levels; key += others_at_once) score(head, key);
                F shares[queries_at_once];
                for (int query = 0; query < queries_at_once; ++query) shares[query] = exponentials(head, query);
                const std::int64_t queries = what.levels - first < queries_at_once ? what.levels - first : queries_at_once;
                for (std::int64_t channel = 0; channel < what.channels; channel += others_at_once)
                    mix(head, channel, shares, out, call.out.stride, queries);
            }
}

}  // namespace
}  // namespace paramnet::native

{# The dense layer, and the operations along levels, whose rows are in the order (level, channel). #}
{% macro dense() %}
inline Lanes loaded(const float* from) { return *reinterpret_cast<const LooseLanes*>(from); }
inline void store(float* to, Lanes numbers) { *reinterpret_cast<LooseLanes*>(to) = numbers; }

// A tile of `outputs` rows and two vectors of columns, whose sums stay in registers. Two sums lose fewer digits than one.
template <int outputs>
inline void dense_tile(int inputs, const float* weight, const float* bias, const float* x, float* y) {
    const int half = inputs < 64 ? inputs : inputs / 2;
    for (int first = 0; first < inputs; first = first == 0 ? half : inputs) {
        Lanes left[outputs], right[outputs];
#pragma GCC unroll {{ panel }}
        for (int output = 0; output < outputs; ++output) left[output] = right[output] = (first == 0 ? bias[output] : 0.0f) - Lanes{};
        const int last = first == 0 ? half : inputs;
        for (int input = first; input < last; ++input) {
            const Lanes a = loaded(x + input * width), b = loaded(x + input * width + lanes);
            __builtin_prefetch(weight + (inputs + input) * {{ panel }});
#pragma GCC unroll {{ panel }}
            for (int output = 0; output < outputs; ++output) {
                const Lanes factor = weight[input * {{ panel }} + output] - Lanes{};
                left[output] += factor * a;
                right[output] += factor * b;
            }
        }
#pragma GCC unroll {{ panel }}
        for (int output = 0; output < outputs; ++output) {
            float* to = y + output * width;
            store(to, first == 0 ? left[output] : loaded(to) + left[output]);
            store(to + lanes, first == 0 ? right[output] : loaded(to + lanes) + right[output]);
        }
    }
}

// y = weight x + bias; y has complete panels of {{ panel }} rows.
inline void dense(int inputs, int outputs, const float* weight, const float* bias, const float* x, float* y) {
    for (int first = 0; first < outputs; first += {{ panel }}, weight += {{ panel }} * inputs)
        for (int column = 0; column < width; column += 2 * lanes)
            for (int part = 0; part < {{ panel }}; part += tile_outputs)
                dense_tile<tile_outputs>(inputs, weight + part, bias + first + part, x + column, y + (first + part) * width + column);
}
{% endmacro %}

{% macro convolution() %}
// A dense layer on the levels of a window, at each level of the output; levels outside the column are zero.
inline void convolution(int levels, int window, int stride, int dilation, int padding, int channels, int levels_out, int outputs,
    const float* weight, const float* bias, const float* x, float* rows, float* y) {
    const std::size_t size = static_cast<std::size_t>(channels) * width;
    for (int level = 0; level < levels_out; ++level) {
        for (int tap = 0; tap < window; ++tap) {
            const int from = level * stride + tap * dilation - padding;
            if (from >= 0 && from < levels)
                std::memcpy(rows + tap * size, x + from * size, size * sizeof *x);
            else
                std::memset(rows + tap * size, 0, size * sizeof *x);
        }
        dense(window * channels, outputs, weight, bias, rows, y + static_cast<std::size_t>(level) * outputs * width);
    }
}
{% endmacro %}

{% macro normalize() %}
// Deviations from the mean in standard deviations, of groups of channels at each level or over all; then scale and shift.
inline void normalize(int levels, int groups, int size, int by_level, const float* epsilon, const float* scale, const float* shift,
    const float* x, float* y) {
    const int count = by_level ? 1 : levels;
    for (int group = 0; group < groups; ++group)
        for (int first = 0; first < levels; first += count) {
            float mean[width] = {}, variance[width] = {};
            const auto each = [&](auto&& function) {
                for (int level = first; level < first + count; ++level)
                    for (int one = 0; one < size; ++one) function((level * groups + group) * size + one, group * size + one);
            };
            each([&](int row, int) {
                for (int column = 0; column < width; ++column) mean[column] += x[row * width + column];
            });
            for (float& one : mean) one /= static_cast<float>(size * count);
            each([&](int row, int) {
                for (int column = 0; column < width; ++column) {
                    const float deviation = x[row * width + column] - mean[column];
                    variance[column] += deviation * deviation;
                }
            });
            for (float& one : variance) one = std::sqrt(one / static_cast<float>(size * count) + epsilon[0]);
            each([&](int row, int channel) {
                for (int column = 0; column < width; ++column)
                    y[row * width + column] =
                        (x[row * width + column] - mean[column]) / variance[column] * scale[channel] + shift[channel];
            });
        }
}
{% endmacro %}

{% macro attention() %}
// softmax(factor Q K') V over the levels, for each head.
inline void attention(int levels, int heads, int depth, int size, const float* factor, const float* queries, const float* keys,
    const float* values, float* scores, float* y) {
    for (int head = 0; head < heads; ++head)
        for (int query = 0; query < levels; ++query) {
            float highest[width], total[width] = {};
            for (float& one : highest) one = -3.0e38f;
            for (int key = 0; key < levels; ++key) {
                float sum[width] = {};
                for (int one = 0; one < depth; ++one)
                    for (int column = 0; column < width; ++column)
                        sum[column] += queries[((query * heads + head) * depth + one) * width + column] *
                            keys[((key * heads + head) * depth + one) * width + column];
                for (int column = 0; column < width; ++column) {
                    const float score = factor[0] * sum[column];
                    scores[key * width + column] = score;
                    highest[column] = score > highest[column] ? score : highest[column];
                }
            }
            float* out = y + (query * heads + head) * size * width;
            std::memset(out, 0, static_cast<std::size_t>(size) * width * sizeof *out);
            for (int key = 0; key < levels; ++key) {
                float weight[width];
                for (int column = 0; column < width; ++column) {
                    const float score = scores[key * width + column];
                    weight[column] = score != score ? score : exponential(score - highest[column]).value;
                    total[column] += weight[column];
                }
                const float* value = values + (key * heads + head) * size * width;
                for (int one = 0; one < size; ++one)
                    for (int column = 0; column < width; ++column) out[one * width + column] += weight[column] * value[one * width + column];
            }
            for (int one = 0; one < size; ++one)
                for (int column = 0; column < width; ++column) out[one * width + column] /= total[column];
        }
}
{% endmacro %}

{% macro lstm() %}
// One direction of a long short-term memory along the levels; its outputs are `size` of the `rows_out` rows of a level, from `offset`.
inline void lstm(int levels, int channels, int size, int backward, int offset, int rows_out, const float* weight, const float* bias,
    const float* x, float* inputs, float* cell, float* gates, float* y) {
    const int rows = size * width;
    float* output = inputs + channels * width;
    std::memset(output, 0, rows * sizeof *output);
    std::memset(cell, 0, rows * sizeof *cell);
    for (int step = 0; step < levels; ++step) {
        const int level = backward ? levels - 1 - step : step;
        copy_32(channels, x + level * channels * width, inputs);
        dense(channels + size, 4 * size, weight, bias, inputs, gates);
        sigmoid_32(2 * size, gates);
        tanh_32(size, gates + 2 * rows);
        sigmoid_32(size, gates + 3 * rows);
        for (int at = 0; at < rows; ++at) {
            cell[at] = gates[rows + at] * cell[at] + gates[at] * gates[2 * rows + at];
            output[at] = cell[at];
        }
        tanh_32(size, output);
        for (int at = 0; at < rows; ++at) output[at] *= gates[3 * rows + at];
        copy_32(size, output, y + (level * rows_out + offset) * width);
    }
}
{% endmacro %}

// The operations along levels of one column in float64: the reference of the native kernels.
#pragma once

#include "native_builder.hpp"

namespace native_test {

using Column = std::vector<double>;

inline double number_of(const json& entry, const char* name) { return entry[name].get<double>(); }
inline std::size_t size_of(const json& entry, const char* name) { return entry[name].get<std::size_t>(); }

inline Column convolved(const json& entry, const Column& in, const Column& weight, const Column& bias) {
    const std::size_t outputs = bias.size(), width = weight.size() / outputs, window = size_of(entry, "window");
    const std::size_t channels = width / window, levels = size_of(entry, "levels"), dilation = size_of(entry, "dilation");
    const std::size_t reach = (window - 1) * dilation + 1, padding = size_of(entry, "padding");
    Column out;
    for (std::size_t first = 0; first + reach <= levels + 2 * padding; first += size_of(entry, "stride"))
        for (std::size_t output = 0; output < outputs; ++output) {
            double sum = bias[output];
            for (std::size_t k = 0; k < width; ++k) {
                const std::size_t level = first + k / channels * dilation;  // of the padded column
                if (level < padding || level >= levels + padding) continue;
                sum += weight[output * width + k] * in[(level - padding) * channels + k % channels];
            }
            out.push_back(sum);
        }
    return out;
}

inline Column normalized(const json& entry, const Column& in, const Column& scale, const Column& shift) {
    const std::size_t channels = scale.size(), group = channels / size_of(entry, "groups");
    const bool by_level = entry["by_level"];
    Column out(in.size());
    for (std::size_t row = 0; row < in.size(); ++row) {
        const auto together = [&](std::size_t other) {
            return other % channels / group == row % channels / group && (!by_level || other / channels == row / channels);
        };
        double sum = 0, square = 0, count = 0;
        for (std::size_t other = 0; other < in.size(); ++other)
            if (together(other)) sum += in[other], ++count;
        for (std::size_t other = 0; other < in.size(); ++other)
            if (together(other)) square += std::pow(in[other] - sum / count, 2);
        const double deviation = (in[row] - sum / count) / std::sqrt(square / count + number_of(entry, "epsilon"));
        out[row] = deviation * scale[row % channels] + shift[row % channels];
    }
    return out;
}

inline Column attended(const json& entry, const Column& q, const Column& k, const Column& v) {
    const std::size_t levels = size_of(entry, "levels"), width = q.size() / levels, part = width / size_of(entry, "heads");
    Column out(q.size());
    for (std::size_t level = 0; level < levels; ++level)
        for (std::size_t first = 0; first < width; first += part) {
            double total = 0;
            for (std::size_t other = 0; other < levels; ++other) {
                double score = 0;
                for (std::size_t c = first; c < first + part; ++c) score += q[level * width + c] * k[other * width + c];
                const double weight = std::exp(score * number_of(entry, "factor"));
                total += weight;
                for (std::size_t c = first; c < first + part; ++c) out[level * width + c] += weight * v[other * width + c];
            }
            for (std::size_t c = first; c < first + part; ++c) out[level * width + c] /= total;
        }
    return out;
}

inline Column recurrent(const json& entry, const Column& in, const Column& weight, const Column& state_weight, const Column& bias) {
    const std::string directions = entry["directions"];
    const std::size_t count = directions == "both" ? 2 : 1, width = bias.size() / 4 / count, channels = weight.size() / bias.size();
    const std::size_t levels = in.size() / channels;
    Column out(levels * count * width);
    for (std::size_t direction = 0; direction < count; ++direction) {
        Column state(width), before(width), gates(4 * width);
        for (std::size_t step = 0; step < levels; ++step) {
            const std::size_t level = directions == "backward" || direction == 1 ? levels - 1 - step : step;
            for (std::size_t gate = 0; gate < 4 * width; ++gate) {
                const std::size_t row = direction * 4 * width + gate;
                gates[gate] = bias[row];
                for (std::size_t c = 0; c < channels; ++c) gates[gate] += weight[row * channels + c] * in[level * channels + c];
                for (std::size_t c = 0; c < width; ++c) gates[gate] += state_weight[row * width + c] * before[c];
            }
            const auto sigmoid = [&](std::size_t gate) { return 1 / (1 + std::exp(-gates[gate])); };
            for (std::size_t c = 0; c < width; ++c) {
                state[c] = sigmoid(width + c) * state[c] + sigmoid(c) * std::tanh(gates[2 * width + c]);
                before[c] = sigmoid(3 * width + c) * std::tanh(state[c]);
                out[(level * count + direction) * width + c] = before[c];
            }
        }
    }
    return out;
}

inline Column Builder::along_levels(const json& entry, const std::vector<Column>& values) const {
    const std::string op = entry["op"];
    const auto value = [&](const json& number) -> const Column& { return values[number.get<std::size_t>()]; };
    if (op == "attention") return attended(entry, value(entry["in"][0]), value(entry["in"][1]), value(entry["in"][2]));
    const Column& in = value(entry["in"]);
    if (op == "lstm")
        return recurrent(entry, in, numbers_of(entry, "weight"), numbers_of(entry, "state_weight"), numbers_of(entry, "bias"));
    Column out = op == "normalize" ? normalized(entry, in, numbers_of(entry, "scale"), numbers_of(entry, "shift"))
                                   : convolved(entry, in, numbers_of(entry, "weight"), numbers_of(entry, "bias"));
    const bool residual = op == "convolution" && !entry["residual"].is_null(), after = residual && entry["residual_after"].get<bool>();
    for (std::size_t row = 0; row < out.size(); ++row) {
        if (residual && !after) out[row] += value(entry["residual"])[row];
        if (!entry["activation"].is_null()) out[row] = function(entry["activation"], out[row]);
        if (after) out[row] += value(entry["residual"])[row];
    }
    return out;
}

}  // namespace native_test

// Writes programs as in docs/reference/artefact.md, and evaluates them one column at a time in float64: the reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "backends/native/native.hpp"
#include "native_support.hpp"

namespace native_test {

using nlohmann::json;

class Builder {
public:
    json document = {{"format", "paramnet-program"}, {"version", 1}, {"constants", json::array()},
                     {"values", json::array()}, {"operations", json::array()}};
    std::vector<std::byte> weights;
    std::vector<std::vector<double>> numbers;  // of the constants

    template <typename Number>
    int constant(const std::vector<Number>& values, int width = 0) {
        weights.resize((weights.size() + 63) / 64 * 64);
        json entry = {{"type", std::is_integral_v<Number> ? "int32" : sizeof(Number) == 4 ? "float32" : "float64"},
                      {"rows", width ? static_cast<int>(values.size()) / width : static_cast<int>(values.size())},
                      {"offset", weights.size()}};
        if (width) entry["width"] = width;
        const auto bytes = std::as_bytes(std::span(values));
        weights.insert(weights.end(), bytes.begin(), bytes.end());
        document["constants"].push_back(entry);
        numbers.emplace_back(values.begin(), values.end());
        return static_cast<int>(numbers.size()) - 1;
    }

    int random(int rows, int width, double size, unsigned seed) {
        auto number = uniform(-size, size, seed);
        std::vector<float> values(static_cast<std::size_t>(rows * std::max(width, 1)));
        for (float& value : values) value = static_cast<float>(number());
        return constant(values, width);
    }

    int operation(json entry, const char* type, int rows) {
        const int out = static_cast<int>(document["values"].size());
        document["values"].push_back({{"type", type}, {"rows", rows}});
        entry["out"] = out;
        document["operations"].push_back(std::move(entry));
        return out;
    }

    int dense(int in, int width, int outputs, double size, unsigned seed, json activation = nullptr,
              json residual = nullptr, bool after = false) {
        const int weight = random(outputs, width, size, seed), bias = random(outputs, 0, 0.1, seed + 1);
        return operation({{"op", "dense"}, {"in", in}, {"weight", weight}, {"bias", bias}, {"activation", activation},
                          {"residual", residual}, {"residual_after", after}},
                         "float32", outputs);
    }

    // Programs of version 2.
    void along_levels() { document["version"] = 2; }

    int convolution(int in, int levels, int window, int width, int outputs, json geometry, unsigned seed,
                    json activation = nullptr, json residual = nullptr, bool after = false) {
        const int weight = random(outputs, width, 1.5 / std::sqrt(width), seed), bias = random(outputs, 0, 0.1, seed + 1);
        json entry = {{"op", "convolution"}, {"in", in}, {"weight", weight}, {"bias", bias}, {"activation", activation},
                      {"residual", residual}, {"residual_after", after}, {"levels", levels}, {"window", window},
                      {"stride", 1}, {"dilation", 1}, {"padding", 0}};
        entry.update(geometry);
        const int reach = (window - 1) * entry["dilation"].get<int>() + 1;
        const int made = (levels + 2 * entry["padding"].get<int>() - reach) / entry["stride"].get<int>() + 1;
        return operation(entry, "float32", made * outputs);
    }

    int normalize(int in, int levels, int channels, int groups, bool by_level, unsigned seed, json activation = nullptr) {
        return operation({{"op", "normalize"}, {"in", in}, {"scale", random(channels, 0, 1.5, seed)},
                          {"shift", random(channels, 0, 0.5, seed + 1)}, {"levels", levels}, {"groups", groups},
                          {"by_level", by_level}, {"epsilon", 1e-5}, {"activation", activation}},
                         "float32", levels * channels);
    }

    int lstm(int in, int levels, int channels, int width, const char* directions, unsigned seed) {
        const int count = std::string(directions) == "both" ? 2 : 1, gates = 4 * count * width;
        return operation({{"op", "lstm"}, {"in", in}, {"weight", random(gates, channels, 1.5 / std::sqrt(channels), seed)},
                          {"state_weight", random(gates, width, 1.0 / std::sqrt(width), seed + 1)},
                          {"bias", random(gates, 0, 0.2, seed + 2)}, {"directions", directions}},
                         "float32", levels * count * width);
    }

    void output(int in) { document["operations"].push_back({{"op", "output"}, {"in", in}}); }

    int rows_of(int value) const { return document["values"][static_cast<std::size_t>(value)]["rows"]; }

    // The weights aligned to a cache line, as in the artefact.
    std::unique_ptr<paramnet::Backend> backend(paramnet::Settings settings = {}) const {
        const Array<std::byte> aligned(static_cast<std::int64_t>(weights.size()));
        if (!weights.empty()) std::memcpy(aligned.data(), weights.data(), weights.size());
        const int out = document["operations"].back()["in"];
        return paramnet::native::make_backend({document.dump(), {aligned.data(), weights.size()}, "test.pt", rows_of(0),
                                               rows_of(out)}, settings);
    }

    std::vector<double> reference(const std::vector<double>& inputs) const;

private:
    std::vector<double> evaluate(const json& entry, const std::vector<std::vector<double>>& values) const;
    std::vector<double> along_levels(const json& entry, const std::vector<std::vector<double>>& values) const;
    const std::vector<double>& numbers_of(const json& entry, const char* name) const {
        return numbers[entry[name].get<std::size_t>()];
    }
};

inline double function(const json& entry, double x) {
    const std::string op = entry["op"];
    if (op == "negate") return -x;
    if (op == "absolute") return std::fabs(x);
    if (op == "sign") return (x > 0) - (x < 0);
    if (op == "exp") return std::exp(x);
    if (op == "expm1") return std::expm1(x);
    if (op == "log") return std::log(x);
    if (op == "log1p") return std::log1p(x);
    if (op == "sqrt") return std::sqrt(x);
    if (op == "tanh") return std::tanh(x);
    if (op == "sigmoid") return 1 / (1 + std::exp(-x));
    if (op == "relu") return std::max(x, 0.0);
    if (op == "silu") return x / (1 + std::exp(-x));
    if (op == "gelu") return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    if (op == "gelu_tanh") return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    if (op == "leaky_relu") return x > 0 ? x : x * entry["slope"].get<double>();
    if (op == "clamp") {
        if (!entry["lower"].is_null()) x = std::max(x, entry["lower"].get<double>());
        return entry["upper"].is_null() ? x : std::min(x, entry["upper"].get<double>());
    }
    if (op == "sin") return std::sin(x);
    if (op == "cos") return std::cos(x);
    throw std::logic_error("no function " + op);
}

inline double combined(const std::string& op, double a, double b) {
    if (op == "add") return a + b;
    if (op == "subtract") return a - b;
    if (op == "multiply") return a * b;
    if (op == "divide") return a / b;
    if (op == "minimum") return std::min(a, b);
    if (op == "maximum") return std::max(a, b);
    return std::pow(a, b);
}

inline std::vector<double> Builder::evaluate(const json& entry, const std::vector<std::vector<double>>& values) const {
    const std::string op = entry["op"];
    const auto rows = static_cast<std::size_t>(rows_of(entry["out"]));
    std::vector<double> out(rows);
    if (entry.contains("a")) {
        const auto operand = [&](const char* name) -> const std::vector<double>& {
            return entry[name].contains("value") ? values[entry[name]["value"].get<std::size_t>()]
                                                 : numbers[entry[name]["constant"].get<std::size_t>()];
        };
        const auto &a = operand("a"), &b = operand("b");
        for (std::size_t row = 0; row < rows; ++row)
            out[row] = combined(op, a[row % a.size()], b[row % b.size()]);
        return out;
    }
    if (op == "concatenate" || (op == "rows" && entry["in"].is_array())) {
        std::vector<double> all;
        for (const std::size_t value : entry["in"]) all.insert(all.end(), values[value].begin(), values[value].end());
        if (op == "concatenate") return all;
        for (std::size_t row = 0; row < rows; ++row) out[row] = all[static_cast<std::size_t>(numbers_of(entry, "index")[row])];
        return out;
    }
    if (op == "convolution" || op == "normalize" || op == "attention" || op == "lstm") return along_levels(entry, values);
    const auto& in = values[entry["in"].get<std::size_t>()];
    for (std::size_t row = 0; row < rows; ++row) {
        if (op == "rows") out[row] = in[static_cast<std::size_t>(numbers[entry["index"].get<std::size_t>()][row])];
        else if (op == "cumulative_sum") out[row] = in[row] + (row ? out[row - 1] : 0);
        else if (op == "sum") for (std::size_t from = row; from < in.size(); from += rows) out[row] += in[from];
        else if (op == "cast") out[row] = in[row];
        else if (op == "dense") {
            const auto& weight = numbers[entry["weight"].get<std::size_t>()];
            if (!entry["bias"].is_null()) out[row] = numbers[entry["bias"].get<std::size_t>()][row];
            for (std::size_t k = 0; k < in.size(); ++k) out[row] += weight[row * in.size() + k] * in[k];
            const double residual = entry["residual"].is_null() ? 0 : values[entry["residual"].get<std::size_t>()][row];
            if (!entry["residual_after"]) out[row] += residual;
            if (!entry["activation"].is_null()) out[row] = function(entry["activation"], out[row]);
            if (entry["residual_after"]) out[row] += residual;
        } else out[row] = function(entry, in[row]);
    }
    return out;
}

inline std::vector<double> Builder::reference(const std::vector<double>& inputs) const {
    std::vector<std::vector<double>> values{inputs};
    for (const json& entry : document["operations"]) {
        if (entry["op"] == "output") return values[entry["in"].get<std::size_t>()];
        if (entry["op"] != "input") values.push_back(evaluate(entry, values));
    }
    throw std::logic_error("no output");
}

}  // namespace native_test

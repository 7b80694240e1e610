// Programs for the tests of the native kernel: every operation in both versions, and a published network.
#pragma once

#include "native_reference.hpp"

namespace native_test {

// Every operation of the format in both types, ending in 40 rows.
inline Builder every_operation() {
    Builder b;
    const int input = b.operation({{"op", "input"}}, "float32", 12);
    std::vector<int> results;
    for (const char* type : {"float32", "float64"}) {
        const bool wide = std::string(type) == "float64";
        const auto vector = [&](const std::vector<double>& numbers) {
            return wide ? b.constant(numbers) : b.constant(std::vector<float>(numbers.begin(), numbers.end()));
        };
        int x = wide ? b.operation({{"op", "cast"}, {"in", input}}, type, 12) : input;
        const int some = b.constant(std::vector<std::int32_t>{3, 0, 11, 7, 3});
        x = b.operation({{"op", "rows"}, {"in", x}, {"index", some}}, type, 5);
        const int single = b.operation({{"op", "sum"}, {"in", x}}, type, 1);
        for (const char* op : {"add", "subtract", "multiply", "divide", "minimum", "maximum"}) {
            const json other = {{"constant", vector({1.5, -2, 0.25, 3, 0.7})}};
            const int y = b.operation({{"op", op}, {"a", {{"value", x}}}, {"b", other}}, type, 5);
            const int z = b.operation({{"op", op}, {"a", {{"constant", vector({0.5})}}}, {"b", {{"value", y}}}}, type, 5);
            x = b.operation({{"op", op}, {"a", {{"value", z}}}, {"b", {{"value", single}}}}, type, 5);
            x = b.operation({{"op", "clamp"}, {"in", x}, {"lower", -3.0}, {"upper", nullptr}}, type, 5);
        }
        for (const char* op : {"negate", "exp", "expm1", "tanh", "sigmoid", "silu", "gelu", "gelu_tanh", "sign"})
            results.push_back(b.operation({{"op", op}, {"in", x}}, type, 5));
        const int size = b.operation({{"op", "absolute"}, {"in", x}}, type, 5);
        const int above = b.operation({{"op", "add"}, {"a", {{"value", size}}}, {"b", {{"constant", vector({0.125})}}}}, type, 5);
        for (const char* op : {"log", "log1p", "sqrt", "relu", "cumulative_sum"})
            results.push_back(b.operation({{"op", op}, {"in", above}}, type, 5));
        results.push_back(b.operation({{"op", "power"}, {"a", {{"value", above}}}, {"b", {{"constant", vector({0.286})}}}}, type, 5));
        results.push_back(b.operation({{"op", "power"}, {"a", {{"constant", vector({1.1})}}}, {"b", {{"value", x}}}}, type, 5));
        results.push_back(b.operation({{"op", "leaky_relu"}, {"in", x}, {"slope", 0.3}}, type, 5));
        if (wide)
            for (std::size_t index = results.size() / 2; index < results.size(); ++index)
                results[index] = b.operation({{"op", "cast"}, {"in", results[index]}}, "float32", 5);
    }
    const int rows = static_cast<int>(results.size()) * 5;
    int x = b.operation({{"op", "concatenate"}, {"in", results}}, "float32", rows);
    x = b.operation({{"op", "clamp"}, {"in", x}, {"lower", nullptr}, {"upper", 4.0}}, "float32", rows);
    x = b.dense(x, rows, 37, 0.2, 10, {{"op", "tanh"}});
    for (const char* op : {"sigmoid", "relu", "silu", "gelu", "gelu_tanh", "tanh"})
        x = b.dense(x, 37, 37, 0.2, 20, {{"op", op}}, x, op[0] == 's');
    x = b.dense(x, 37, 37, 0.2, 30, {{"op", "leaky_relu"}, {"slope", 0.3}}, x, true);
    x = b.dense(x, 37, 37, 0.2, 40, nullptr, x, false);
    b.output(b.dense(x, 37, 40, 0.2, 50));
    return b;
}

// Every operation of version 2 on 13 levels, with sizes that fill no tile.
inline Builder every_level_operation() {
    Builder b;
    b.along_levels();
    const int input = b.operation({{"op", "input"}}, "float32", 13 * 5);
    int x = b.convolution(input, 13, 3, 15, 10, {{"padding", 1}}, 1);
    const int table = b.random(10, 0, 1, 3), whole = b.random(130, 0, 1, 4);
    const int means = b.operation({{"op", "sum"}, {"in", x}, {"levels", 13}}, "float32", 10);
    x = b.operation({{"op", "add"}, {"a", {{"value", x}}}, {"b", {{"value", means}}}}, "float32", 130);
    x = b.operation({{"op", "multiply"}, {"a", {{"constant", table}}}, {"b", {{"value", x}}}}, "float32", 130);
    x = b.operation({{"op", "add"}, {"a", {{"value", x}}}, {"b", {{"constant", whole}}}}, "float32", 130);
    const int both = b.operation({{"op", "add"}, {"a", {{"value", means}}}, {"b", {{"constant", b.random(26, 0, 1, 25)}}}}, "float32", 130);
    x = b.operation({{"op", "add"}, {"a", {{"value", x}}}, {"b", {{"value", both}}}}, "float32", 130);
    x = b.convolution(x, 13, 3, 30, 10, {{"padding", 2}, {"dilation", 2}}, 5, {{"op", "gelu"}}, x, true);
    const int half = b.convolution(x, 13, 3, 30, 6, {{"padding", 1}, {"stride", 2}}, 7, {{"op", "relu"}});
    const int grouped = b.normalize(half, 7, 6, 2, false, 9, {{"op", "silu"}});
    const int leveled = b.normalize(grouped, 7, 6, 3, true, 11, {{"op", "tanh"}});
    std::vector<std::int32_t> doubled;
    for (std::int32_t row = 0; row < 13 * 6; ++row) doubled.push_back(row % 5 == 0 ? 42 + row : row / 12 * 6 + row % 6);
    x = b.operation({{"op", "rows"}, {"in", {leveled, x}}, {"index", b.constant(doubled)}}, "float32", 78);
    const int two = b.lstm(x, 13, 6, 9, "both", 13);
    const int up = b.lstm(two, 13, 18, 6, "backward", 16);
    const int down = b.lstm(up, 13, 6, 6, "forward", 19);
    x = b.operation({{"op", "attention"}, {"in", {x, up, down}}, {"levels", 13}, {"heads", 2}, {"factor", 0.7}}, "float32", 78);
    x = b.operation({{"op", "sin"}, {"in", b.normalize(x, 13, 6, 1, false, 22)}}, "float32", 78);
    const int wide = b.operation({{"op", "cast"}, {"in", x}}, "float64", 78);
    const int cosine = b.operation({{"op", "cos"}, {"in", wide}}, "float64", 78);
    x = b.operation({{"op", "cast"}, {"in", b.operation({{"op", "sum"}, {"in", cosine}, {"levels", 2}}, "float64", 39)}}, "float32", 39);
    b.output(b.convolution(x, 13, 1, 3, 3, json::object(), 24, nullptr, x, false));
    return b;
}

// Rasp's network with its normalization: 94 -> 9 x 256 -> 65.
inline Builder rasp() {
    Builder b;
    const int input = b.operation({{"op", "input"}}, "float32", 94);
    int x = b.operation({{"op", "subtract"}, {"a", {{"value", input}}}, {"b", {{"constant", b.random(94, 0, 1, 1)}}}}, "float32", 94);
    x = b.operation({{"op", "multiply"}, {"a", {{"value", x}}}, {"b", {{"constant", b.random(94, 0, 1, 2)}}}}, "float32", 94);
    int width = 94;
    for (unsigned layer = 0; layer < 9; ++layer, width = 256)
        x = b.dense(x, width, 256, 1.7 / std::sqrt(width), 100 + 2 * layer, {{"op", "leaky_relu"}, {"slope", 0.3}});
    b.output(b.dense(x, 256, 65, 0.1, 200));
    return b;
}

}  // namespace native_test

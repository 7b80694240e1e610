// Invalid programs: each is refused with a message naming file, key, expected and got; none crashes or is accepted.
#include "common/error.hpp"
#include "native_builder.hpp"

namespace {

using namespace native_test;

Builder honest() {
    Builder b;
    const int input = b.operation({{"op", "input"}}, "float32", 4);
    const int hidden = b.dense(input, 4, 6, 1, 1, {{"op", "leaky_relu"}, {"slope", 0.3}});
    const int picked = b.operation({{"op", "rows"}, {"in", hidden}, {"index", b.constant(std::vector<std::int32_t>{0, 5})}},
                                   "float32", 2);
    const int scale = b.constant(std::vector<float>{2, 3});
    const int scaled = b.operation({{"op", "multiply"}, {"a", {{"value", picked}}}, {"b", {{"constant", scale}}}}, "float32", 2);
    const int wide = b.operation({{"op", "cast"}, {"in", scaled}}, "float64", 2);
    const int total = b.operation({{"op", "sum"}, {"in", wide}}, "float64", 1);
    const int back = b.operation({{"op", "cast"}, {"in", total}}, "float32", 1);
    b.output(b.operation({{"op", "concatenate"}, {"in", {back, scaled}}}, "float32", 3));
    return b;
}

// Of version 2: 6 levels of 4 channels.
Builder honest_along_levels() {
    Builder b;
    b.along_levels();
    const int input = b.operation({{"op", "input"}}, "float32", 24);
    const int halved = b.convolution(input, 6, 3, 12, 4, {{"padding", 1}, {"stride", 2}}, 1, {{"op", "relu"}});
    const int normal = b.normalize(halved, 3, 4, 2, false, 3);
    const int state = b.lstm(normal, 3, 4, 2, "both", 5);
    const int seen = b.operation({{"op", "attention"}, {"in", {normal, state, state}}, {"levels", 3}, {"heads", 2}, {"factor", 0.5}},
                                 "float32", 12);
    const int mean = b.operation({{"op", "sum"}, {"in", seen}, {"levels", 3}}, "float32", 4);
    const int shifted = b.operation({{"op", "add"}, {"a", {{"value", seen}}}, {"b", {{"value", mean}}}}, "float32", 12);
    const int index = b.constant(std::vector<std::int32_t>{0, 13, 25});
    const int picked = b.operation({{"op", "rows"}, {"in", {shifted, input}}, {"index", index}}, "float32", 3);
    b.output(b.operation({{"op", "cos"}, {"in", picked}}, "float32", 3));
    return b;
}

struct Lie {
    const char* at;        // JSON pointer
    json value;
    const char* complaint; // part of the message
};

// Operations of honest(): 0 input, 1 dense, 2 rows, 3 multiply, 4 cast, 5 sum, 6 cast, 7 concatenate, 8 output.
const Lie lies[] = {
    {"/format", "onnx", "format: expected paramnet-program, got \"onnx\""},
    {"/version", 3, "version: expected a whole number from 1 to 2, got 3"},
    {"/operations/4/op", "cos", "operations[4].op: expected an operation of version 1, got \"cos\""},
    {"/operations/5/levels", 2, "key 'levels'"},
    {"/operations/2/in", {0, 1}, "operations[2].in: expected a whole number"},
    {"/surprise", 1, "key 'surprise'"},
    {"/constants", 7, "constants: expected a list, got 7"},
    {"/constants/0", nullptr, "constants[0]: expected an object, got null"},
    {"/constants/0/type", "float16", "constants[0].type: expected float32, float64 or int32"},
    {"/constants/0/rows", 0, "constants[0].rows: expected a whole number from 1"},
    {"/constants/0/rows", -6, "constants[0].rows"},
    {"/constants/0/rows", 6.5, "constants[0].rows"},
    {"/constants/0/rows", 18446744073709551615u, "constants[0].rows"},
    {"/constants/0/rows", 65536, "within the"},
    {"/constants/0/width", 65536, "within the"},
    {"/constants/0/width", 0, "constants[0].width"},
    {"/constants/1/offset", 130, "constants[1].offset: expected a multiple of 64"},
    {"/constants/1/offset", 0, "constants[1].offset: expected a whole number from 96"},
    {"/constants/1/offset", 9223372036854775744, "bytes within the"},
    {"/constants/1/offset", 1e300, "constants[1].offset"},
    {"/values/1/rows", 7, "operations[1].out: expected 6 rows of float32, got 7"},
    {"/values/1/type", "float64", "operations[1].out"},
    {"/values/1/type", "int32", "values[1].type: expected float32 or float64"},
    {"/values/3/rows", 9999999999, "values[3].rows"},
    {"/values/8", {{"type", "float32"}, {"rows", 1}}, "values: expected 8 entries"},
    {"/operations", json::array(), "operations: expected input"},
    {"/operations/0/op", "output", "operations[0].op: expected input first"},
    {"/operations/3", {{"op", "input"}, {"out", 3}}, "input as the first operation only"},
    {"/operations/4/op", "system", "operations[4].op: expected one of the format's operations, got \"system\""},
    {"/operations/4/op", "output", "output as the last operation"},
    {"/operations/8", {{"op", "negate"}, {"in", 7}, {"out", 8}}, "operations[8].op: expected output as the last"},
    {"/operations/1/in", 1, "operations[1].in: expected a whole number from 0 to 0, got 1"},
    {"/operations/1/in", -1, "operations[1].in"},
    {"/operations/1/out", 2, "operations[1].out: expected a whole number from 1 to 1, got 2"},
    {"/operations/1/weight", 1, "operations[1].weight: expected a matrix of float32"},
    {"/operations/1/weight", 99, "operations[1].weight"},
    {"/operations/1/bias", 3, "operations[1].bias: expected 6 rows, got 2"},
    {"/operations/1/residual", 0, "operations[1].residual: expected 6 rows of float32, got 4"},
    {"/operations/1/residual_after", "no", "residual_after: expected true or false"},
    {"/operations/1/activation/op", "exp", "activation.op: expected tanh"},
    {"/operations/1/activation/slope", "steep", "activation.slope: expected a number"},
    {"/operations/1/dropout", 0.1, "key 'dropout'"},
    {"/operations/2/index", 3, "operations[2].index: expected one number per row of int32"},
    {"/operations/2/in", 0, "operations[2].index: expected rows from 0 to 3, got 5"},
    {"/operations/3/a", {{"constant", 3}}, "operations[3].b: expected a value"},
    {"/operations/3/a", {{"value", 1}}, "operations[3].a: expected 1 or 2 rows of float32, got 6 rows"},
    {"/operations/3/b", {{"constant", 2}}, "operations[3].b.constant: expected one number per row of float32"},
    {"/operations/3/b", {{"value", 0}, {"constant", 3}}, "key 'value'"},
    {"/operations/5/out", 4, "operations[5].out"},
    {"/operations/7/in", json::array(), "operations[7].in: expected one value at least"},
    {"/operations/7/in/0", 5, "operations[7].in: expected values of one type"},
    {"/operations/7/in/0", 7, "operations[7].in: expected a whole number from 0 to 6, got 7"},
    {"/operations/8/in", 8, "operations[8].in"},
    {"/operations/8/in", 4, "operations[8].in: expected 2 rows of float32, got 2 rows of float64"},
    {"/operations/8/in", 0, "output: expected 3 rows as paramnet.json says, got 4"},
};

// Operations of honest_along_levels(): 0 input, 1 convolution, 2 normalize, 3 lstm, 4 attention, 5 sum, 6 add, 7 rows,
// 8 cos, 9 output.  Constants: 0, 1 of the convolution, 2, 3 of the normalization, 4, 5, 6 of the LSTM, 7 index.
const Lie lies_along_levels[] = {
    {"/version", 1, "operations[1].op: expected an operation of version 1, got \"convolution\""},
    {"/operations/1/levels", 0, "operations[1].levels: expected a whole number from 1"},
    {"/operations/1/levels", 7, "operations[1].in: expected 28 rows of float32, got 24"},
    {"/operations/1/window", 5, "operations[1].window: expected a divisor of 12 inputs, got 5"},
    {"/operations/1/window", 12, "operations[1].in: expected 6 rows of float32, got 24"},
    {"/operations/1/window", 9223372036854775807, "operations[1].window"},
    {"/operations/1/dilation", 4, "operations[1].window: expected at most the 8 levels with padding, got 9"},
    {"/operations/1/dilation", 65537, "operations[1].dilation"},
    {"/operations/1/stride", 0, "operations[1].stride: expected a whole number from 1"},
    {"/operations/1/stride", 1, "operations[1].out: expected 24 rows of float32, got 12"},
    {"/operations/1/padding", -1, "operations[1].padding: expected a whole number from 0"},
    {"/operations/1/padding", 65536, "operations[1].out"},
    {"/operations/1/weight", 1, "operations[1].weight: expected a matrix of float32"},
    {"/operations/1/bias", 6, "operations[1].bias: expected 4 rows, got 16"},
    {"/operations/1/residual", 0, "operations[1].residual: expected 12 rows of float32, got 24"},
    {"/operations/1/groups", 2, "key 'groups'"},
    {"/operations/1/activation/op", "cos", "activation.op: expected tanh"},
    {"/operations/2/levels", 5, "operations[2].levels: expected a divisor of 12 rows, got 5"},
    {"/operations/2/levels", 6, "operations[2].scale: expected 2 rows, got 4"},
    {"/operations/2/groups", 3, "operations[2].groups: expected a divisor of 4 channels, got 3"},
    {"/operations/2/groups", 0, "operations[2].groups"},
    {"/operations/2/shift", 6, "operations[2].shift: expected 4 rows, got 16"},
    {"/operations/2/scale", 0, "operations[2].scale: expected one number per row of float32"},
    {"/operations/2/epsilon", -1e-5, "operations[2].epsilon: expected at least 0"},
    {"/operations/2/epsilon", "small", "operations[2].epsilon: expected a number"},
    {"/operations/2/by_level", 1, "operations[2].by_level: expected true or false"},
    {"/operations/3/directions", "sideways", "operations[3].directions: expected forward, backward or both"},
    {"/operations/3/directions", "forward", "operations[3].weight: expected 8 rows, got 16"},
    {"/operations/3/weight", 0, "operations[3].weight: expected 16 rows, got 4"},
    {"/operations/3/state_weight", 4, "operations[3].weight: expected 32 rows, got 16"},
    {"/operations/3/weight", 5, "operations[3].out: expected 24 rows of float32, got 12"},
    {"/operations/3/bias", 2, "operations[3].bias: expected 16 rows, got 4"},
    {"/operations/3/in", 3, "operations[3].in: expected a whole number from 0 to 2, got 3"},
    {"/operations/4/in", {2, 3}, "operations[4].in: expected queries, keys and values"},
    {"/operations/4/in", {2, 3, 0}, "operations[4].in: expected 12 rows of float32, got 24"},
    {"/operations/4/in", {2, 3, 4}, "operations[4].in: expected a whole number from 0 to 3, got 4"},
    {"/operations/4/levels", 8, "operations[4].levels: expected a divisor of 12 rows, got 8"},
    {"/operations/4/heads", 3, "operations[4].heads: expected a divisor of 4 channels, got 3"},
    {"/operations/4/factor", nullptr, "operations[4].factor"},
    {"/operations/5/levels", 5, "operations[5].levels: expected a divisor of 12 rows, got 5"},
    {"/operations/5/levels", 4, "operations[5].out: expected 3 rows of float32, got 4"},
    {"/operations/6/b", {{"constant", 6}}, "operations[6].b: expected 1 or 12 rows of float32, got 16 rows"},
    {"/operations/7/in", {0}, "operations[7].index: expected rows from 0 to 23, got 25"},
    {"/operations/7/in", {0, 7}, "operations[7].in: expected a whole number from 0 to 6, got 7"},
    {"/operations/7/in", json::array(), "operations[7].in: expected one value at least"},
};

// The message of the refusal; empty if accepted.
std::string refusal(const std::string& text, std::span<const std::byte> weights, std::int64_t inputs) {
    try {
        const auto backend = paramnet::native::make_backend({text, weights, "lie.pt", inputs, 3}, {});
        return "";
    } catch (const paramnet::Error& error) {
        check(error.status() == PARAMNET_STATUS_FORMAT, std::string("status of ") + error.what());
        return error.what();
    }
}

void lies_are_refused(const Builder& b, std::span<const std::byte> weights, std::span<const Lie> told) {
    const std::string honest_refusal = refusal(b.document.dump(), weights, b.rows_of(0));
    check(honest_refusal.empty(), "the honest program is refused: " + honest_refusal);
    for (const Lie& lie : told) {
        json document = b.document;
        document[json::json_pointer(lie.at)] = lie.value;
        const std::string message = refusal(document.dump(), weights, b.rows_of(0));
        const bool named = message.find(" in lie.pt: program.json; ") != std::string::npos &&
                           message.find(lie.complaint) != std::string::npos;
        check(named, std::string(lie.at) + " = " + lie.value.dump() + ": got '" + message + "', expected " + lie.complaint);
    }
}

// Truncated, flipped and repeated bytes: refused or, where the change has no effect, run.
void damage_is_survived(const Builder& b, std::span<const std::byte> weights) {
    const std::string text = b.document.dump();
    const std::int64_t inputs = b.rows_of(0);
    for (std::size_t size = 0; size < text.size(); size += 7)
        check(!refusal(text.substr(0, size), weights, inputs).empty(), "truncated text is believed");
    for (std::size_t size = 0; size < weights.size(); size += 8)
        check(!refusal(text, weights.first(size), inputs).empty(), "truncated weights are believed");
    std::mt19937 random(3);
    int believed = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string damaged = text;
        for (auto flips = random() % 3 + 1; flips > 0; --flips)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        believed += refusal(damaged, weights, inputs).empty();
    }
    check(believed < 4000, "no damage was ever noticed");
    check(!refusal(std::string(100000, '['), weights, inputs).empty(), "nested lists are believed");
}

void memory_is_bounded() {
    Builder b;
    int x = b.operation({{"op", "input"}}, "float32", 65536);
    std::vector<int> kept;
    for (int copy = 0; copy < 40; ++copy) kept.push_back(b.operation({{"op", "negate"}, {"in", x}}, "float32", 65536));
    for (const int value : kept)
        x = b.operation({{"op", "add"}, {"a", {{"value", x}}}, {"b", {{"value", value}}}}, "float32", 65536);
    b.output(x);
    try {
        b.backend();
        check(false, "a program that wants 2 GB of scratch memory is believed");
    } catch (const paramnet::Error& error) {
        check(std::string(error.what()).find("bytes of scratch memory") != std::string::npos, error.what());
    }
}

void everything(const Builder& b, std::span<const Lie> told) {
    const Array<std::byte> weights(static_cast<std::int64_t>(b.weights.size()));
    std::memcpy(weights.data(), b.weights.data(), b.weights.size());
    const std::span<const std::byte> bytes{weights.data(), b.weights.size()};
    lies_are_refused(b, bytes, told);
    damage_is_survived(b, bytes);
}

// Pairs of many levels would take hours.
void work_is_bounded() {
    Builder b;
    b.along_levels();
    const int input = b.operation({{"op", "input"}}, "float32", 65536);
    const int negative = b.operation({{"op", "negate"}, {"in", input}}, "float32", 65536);
    b.output(b.operation({{"op", "attention"}, {"in", {input, negative, input}}, {"levels", 65536}, {"heads", 1}, {"factor", 1.0}},
                         "float32", 65536));
    try {
        b.backend();
        check(false, "attention between 65536 levels is believed");
    } catch (const paramnet::Error& error) {
        check(std::string(error.what()).find("pairs of levels") != std::string::npos, error.what());
    }
}

}  // namespace

int main() {
    everything(honest(), lies);
    everything(honest_along_levels(), lies_along_levels);
    memory_is_bounded();
    work_is_bounded();
    return report("native_hostile");
}

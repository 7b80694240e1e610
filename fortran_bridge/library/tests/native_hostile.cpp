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

struct Lie {
    const char* at;        // JSON pointer
    json value;
    const char* complaint; // part of the message
};

// Operations of honest(): 0 input, 1 dense, 2 rows, 3 multiply, 4 cast, 5 sum, 6 cast, 7 concatenate, 8 output.
const Lie lies[] = {
    {"/format", "onnx", "format: expected paramnet-program, got \"onnx\""},
    {"/version", 2, "version: expected a whole number from 1 to 1, got 2"},
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

// The message of the refusal; empty if accepted.
std::string refusal(const std::string& text, std::span<const std::byte> weights) {
    try {
        const auto backend = paramnet::native::make_backend({text, weights, "lie.pt", 4, 3}, {});
        return "";
    } catch (const paramnet::Error& error) {
        check(error.status() == PARAMNET_STATUS_FORMAT, std::string("status of ") + error.what());
        return error.what();
    }
}

void lies_are_refused(const Builder& b, std::span<const std::byte> weights) {
    check(refusal(b.document.dump(), weights).empty(), "the honest program is refused");
    for (const Lie& lie : lies) {
        json document = b.document;
        document[json::json_pointer(lie.at)] = lie.value;
        const std::string message = refusal(document.dump(), weights);
        const bool named = message.find(" in lie.pt: program.json; ") != std::string::npos &&
                           message.find(lie.complaint) != std::string::npos;
        check(named, std::string(lie.at) + " = " + lie.value.dump() + ": got '" + message + "', expected " + lie.complaint);
    }
}

// Truncated, flipped and repeated bytes: refused or, where the change has no effect, run.
void damage_is_survived(const Builder& b, std::span<const std::byte> weights) {
    const std::string text = b.document.dump();
    for (std::size_t size = 0; size < text.size(); size += 7)
        check(!refusal(text.substr(0, size), weights).empty(), "truncated text is believed");
    for (std::size_t size = 0; size < weights.size(); size += 8)
        check(!refusal(text, weights.first(size)).empty(), "truncated weights are believed");
    std::mt19937 random(3);
    int believed = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string damaged = text;
        for (auto flips = random() % 3 + 1; flips > 0; --flips)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        believed += refusal(damaged, weights).empty();
    }
    check(believed < 4000, "no damage was ever noticed");
    check(!refusal(std::string(100000, '['), weights).empty(), "nested lists are believed");
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

}  // namespace

int main() {
    const Builder b = honest();
    const Array<std::byte> weights(static_cast<std::int64_t>(b.weights.size()));
    std::memcpy(weights.data(), b.weights.data(), b.weights.size());
    const std::span<const std::byte> bytes{weights.data(), b.weights.size()};
    lies_are_refused(b, bytes);
    damage_is_survived(b, bytes);
    memory_is_bounded();
    return report("native_hostile");
}

// Complete programs in the native backend: against float64, same bits for any columns in a call, without allocation.
#include "native_reference.hpp"

namespace {

using namespace native_test;
using paramnet::Precision;

constexpr std::int64_t all_columns = 403;

// Every operation of the format in both types, ending in 40 rows.
Builder every_operation() {
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
Builder every_level_operation() {
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
Builder rasp() {
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

struct Run {
    Run(const Builder& builder, paramnet::Settings settings = {})
        : backend(builder.backend(settings)),
          worker(backend->make_worker()),
          rows_in(builder.rows_of(0)),
          rows_out(builder.rows_of(builder.document["operations"].back()["in"])) {}

    // Columns first .. first + columns of `inputs` (rows x all_columns) in a separate call.
    std::vector<float> operator()(const std::vector<float>& inputs, std::int64_t first, std::int64_t columns) const {
        const std::int64_t stride = paramnet::padded(columns) + 16;
        const Array<float> in(rows_in * stride), out(rows_out * stride);
        for (std::int64_t row = 0; row < rows_in; ++row)
            for (std::int64_t column = 0; column < columns; ++column)
                in[row * stride + column] = inputs[static_cast<std::size_t>(row * all_columns + first + column)];
        worker->evaluate(in.data(), out.data(), columns, stride);
        std::vector<float> result;
        for (std::int64_t row = 0; row < rows_out; ++row)
            result.insert(result.end(), out.data() + row * stride, out.data() + row * stride + columns);
        return result;
    }

    std::unique_ptr<paramnet::Backend> backend;
    std::unique_ptr<paramnet::Worker> worker;
    std::int64_t rows_in, rows_out;
};

std::vector<float> columns_for(const Builder& builder) {
    std::vector<float> result(static_cast<std::size_t>(builder.rows_of(0) * all_columns));
    auto number = uniform(-1.5, 1.5, 7);
    for (float& value : result) value = static_cast<float>(number());
    return result;
}

void against_float64(const Run& run, const Builder& builder, const std::vector<float>& inputs, double tolerated) {
    const std::vector<float> got = run(inputs, 0, all_columns);
    double worst = 0, largest = 0;
    for (std::int64_t column = 0; column < all_columns; column += 13) {
        std::vector<double> x;
        for (std::int64_t row = 0; row < run.rows_in; ++row)
            x.push_back(static_cast<double>(inputs[static_cast<std::size_t>(row * all_columns + column)]));
        const std::vector<double> exact = builder.reference(x);
        for (std::size_t row = 0; row < exact.size(); ++row) {
            const double value = static_cast<double>(got[row * all_columns + static_cast<std::size_t>(column)]);
            const double off = std::fabs(value - exact[row]);
            if (!(off <= worst)) worst = off;
            largest = std::max(largest, std::fabs(exact[row]));
        }
    }
    std::printf("%s: off float64 by %.2e of the largest number\n", run.backend->describe().c_str(), worst / largest);
    check(worst <= tolerated * largest, run.backend->describe() + ": off float64");
}

void same_bits_whatever_shares_the_call(const Run& run, const std::vector<float>& inputs) {
    const std::vector<float> all = run(inputs, 0, all_columns);
    for (const std::int64_t columns : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 31, 48, 64, 100, 192, 193, 400})
        for (const std::int64_t first : {0L, 1L, all_columns - columns}) {
            const std::vector<float> part = run(inputs, first, columns);
            bool same = true;
            for (std::int64_t row = 0; row < run.rows_out; ++row)
                same = same && std::memcmp(part.data() + row * columns, all.data() + row * all_columns + first,
                                           static_cast<std::size_t>(columns) * 4) == 0;
            check(same, run.backend->describe() + ": other bits for columns " + std::to_string(first) + " .. " +
                            std::to_string(first + columns));
        }
}

void no_allocation(const Run& run, const std::vector<float>& inputs) {
    const Array<float> in(run.rows_in * 416), out(run.rows_out * 416);
    std::memcpy(in.data(), inputs.data(), static_cast<std::size_t>(run.rows_in) * all_columns * 4);
    run.worker->evaluate(in.data(), out.data(), 400, 416);
    const long before = allocations();
    for (const std::int64_t columns : {1, 16, 200, 400}) run.worker->evaluate(in.data(), out.data(), columns, 416);
    const long after = allocations();
    check(before > 0 && after == before, run.backend->describe() + ": allocates after its first call");
}

void everything(const Builder& builder, double tolerated, double tolerated_bfloat16) {
    const std::vector<float> inputs = columns_for(builder);
    std::vector<float> with_avx512, with_avx2;
    for (const paramnet::native::Kernels* kernels : all_kernels()) {
        setenv("PARAMNET_ISA", kernels->name, 1);
        const Run run(builder);
        against_float64(run, builder, inputs, tolerated);
        same_bits_whatever_shares_the_call(run, inputs);
        no_allocation(run, inputs);
        const std::string name = kernels->name;
        if (name == "avx512") with_avx512 = run(inputs, 0, all_columns);
        if (name == "avx2") with_avx2 = run(inputs, 0, all_columns);
    }
    unsetenv("PARAMNET_ISA");
    if (!with_avx512.empty())
        check(std::memcmp(with_avx512.data(), with_avx2.data(), with_avx2.size() * 4) == 0, "AVX2 and AVX-512 differ");
    if (!paramnet::native::bfloat16_kernel()) return;
    paramnet::Settings settings;
    settings.precision = Precision::bfloat16;
    const Run run(builder, settings);
    against_float64(run, builder, inputs, tolerated_bfloat16);
    same_bits_whatever_shares_the_call(run, inputs);
    no_allocation(run, inputs);
}

// Two values that must not share memory: a value read late keeps its memory, that of a dead one is reused.
void memory_is_shared_only_by_the_dead() {
    Builder b;
    const int input = b.operation({{"op", "input"}}, "float32", 3);
    std::vector<int> kept;
    int x = input;
    for (int step = 0; step < 6; ++step) {
        x = b.operation({{"op", "add"}, {"a", {{"value", x}}}, {"b", {{"value", input}}}}, "float32", 3);
        if (step % 2) kept.push_back(x);
    }
    b.operation({{"op", "negate"}, {"in", x}}, "float32", 3);  // never read
    b.output(b.operation({{"op", "concatenate"}, {"in", kept}}, "float32", 9));
    const Run run(b);
    const std::vector<float> got = run(columns_for(b), 0, 1);
    const float first = columns_for(b)[0];
    for (std::size_t step = 0; step < 3; ++step)
        check(std::fabs(got[3 * step] - first * static_cast<float>(2 * step + 3)) < 1e-5f, "a value was overwritten");
}

void input_may_be_the_output() {
    Builder b;
    b.output(b.operation({{"op", "input"}}, "float32", 4));
    const std::vector<float> inputs = columns_for(b);
    check(Run(b)(inputs, 5, 1)[3] == inputs[3 * all_columns + 5], "the identity changes its input");
}

}  // namespace

int main() {
    everything(every_operation(), 2e-6, 0.03);
    everything(rasp(), 2e-6, 0.03);
    everything(every_level_operation(), 4e-6, 0.06);
    memory_is_shared_only_by_the_dead();
    input_may_be_the_output();
    return report("native_programs");
}

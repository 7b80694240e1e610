// Complete programs in the native backend: against float64, same bits for any columns in a call, without allocation.
#include "native_examples.hpp"

namespace {

using namespace native_test;
using paramnet::Precision;

constexpr std::int64_t all_columns = 403;

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

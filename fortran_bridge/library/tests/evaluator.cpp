// Blocks, threads, kinds, strides and failures of the evaluator, with a backend whose results are known.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "common/error.hpp"
#include "native_support.hpp"
#include "scheme/evaluator.hpp"

using namespace paramnet;

namespace {

constexpr std::int64_t n_in = 7, n_out = 5, block = 48;
int wrong = 0;

void expect(bool condition, const char* what) {
    if (condition) return;
    wrong = 1;
    std::fprintf(stderr, "not so: %s\n", what);
}

std::atomic<int> blocks_seen{0}, fail_at{-1};

// output r = 2 * input (r mod n_in) + r; fails on values that a backend must never receive.
class Double final : public Worker {
public:
    void evaluate(const float* inputs, float* outputs, std::int64_t columns, std::int64_t stride) override {
        if (columns > block || stride < padded(columns) || stride % stride_multiple != 0) throw Error(9, {.what = "a block out of bounds"});
        for (std::int64_t row = 0; row < n_in; ++row)
            for (std::int64_t column = 0; column < stride; ++column)
                if (!std::isfinite(inputs[row * stride + column])) throw Error(9, {.what = "a non-finite number reached the backend"});
        if (blocks_seen++ == fail_at) throw Error(PARAMNET_STATUS_BACKEND, {.what = "asked to fail"});
        for (std::int64_t row = 0; row < n_out; ++row)
            for (std::int64_t column = 0; column < columns; ++column)
                outputs[row * stride + column] = 2 * inputs[row % n_in * stride + column] + static_cast<float>(row);
    }
};

class FakeBackend final : public Backend {
public:
    std::unique_ptr<Worker> make_worker() override { return std::make_unique<Double>(); }
    std::int64_t block_columns() const override { return block; }
    bool threads_outside() const override { return true; }
    std::string describe() const override { return "a test's"; }
};

Manifest manifest() {
    Manifest result;
    result.inputs = {{"x", "", "1", true, 0, n_in}};
    result.outputs = {{"y", "", "1", true, 0, n_out}};
    return result;
}

// An array of rows with strides of `column_stride` and `level_stride` elements.
template <typename Host>
struct Array {
    Array(std::int64_t columns, std::int64_t rows, std::int64_t column_stride, std::int64_t level_stride)
        : data(static_cast<std::size_t>(1 + (columns - 1) * std::abs(column_stride) + (rows - 1) * std::abs(level_stride)), Host(-99)) {
        field.kind = sizeof(Host);
        field.rows = rows;
        field.column_stride = column_stride;
        field.level_stride = level_stride;
        field.data = data.data() + (column_stride < 0 ? -(columns - 1) * column_stride : 0) +
                     (level_stride < 0 ? -(rows - 1) * level_stride : 0);
    }
    Host& at(std::int64_t column, std::int64_t row) {
        return static_cast<Host*>(field.data)[column * field.column_stride + row * field.level_stride];
    }
    std::vector<Host> data;
    Field field;
};

float value(std::int64_t column, std::int64_t row) { return static_cast<float>(column % 1000) + 0.125f * static_cast<float>(row); }

float answer(std::int64_t column, std::int64_t row) { return 2 * value(column, row % n_in) + static_cast<float>(row); }

template <typename Host>
bool evaluates(Evaluator& evaluator, std::int64_t columns, std::int64_t column_stride, std::int64_t level_stride) {
    Array<Host> in(columns, n_in, column_stride, level_stride), out(columns, n_out, column_stride, level_stride);
    for (std::int64_t column = 0; column < columns; ++column)
        for (std::int64_t row = 0; row < n_in; ++row) in.at(column, row) = static_cast<Host>(value(column, row));
    std::vector<std::int32_t> flags(static_cast<std::size_t>(columns), -1);
    const Segment segment{{&in.field, 1}, {&out.field, 1}, {}, 0, columns, 0, flags.data()};
    Totals totals(n_out);
    evaluator.run({&segment, 1}, {}, totals);
    bool right = totals.counts.columns == columns && totals.counts.calls == 1;
    for (std::int64_t column = 0; column < columns; ++column) {
        right &= flags[static_cast<std::size_t>(column)] == 0;
        for (std::int64_t row = 0; row < n_out; ++row) right &= out.at(column, row) == static_cast<Host>(answer(column, row));
    }
    return right;
}

void any_size_kind_and_stride(Evaluator& evaluator) {
    for (const std::int64_t columns : {1, 2, 15, 16, 17, 47, 48, 49, 95, 96, 97, 200, 1023}) {
        expect(evaluates<float>(evaluator, columns, 1, columns), "real32, columns contiguous");
        expect(evaluates<double>(evaluator, columns, 1, columns + 3), "real64, columns contiguous");
        expect(evaluates<float>(evaluator, columns, n_in, 1), "real32, level first");
        expect(evaluates<double>(evaluator, columns, n_in + 2, 1), "real64, level first");
        expect(evaluates<double>(evaluator, columns, -3, 3 * columns), "columns backwards");
        expect(evaluates<float>(evaluator, columns, n_in, -1), "levels backwards");
    }
}

// A call of several segments equals one call of all their columns, for all block boundaries.
void segments_are_one_call(Evaluator& evaluator) {
    const std::int64_t sizes[] = {16, 1, 47, 16, 100, 3};
    std::vector<Array<double>> in, out;
    std::vector<std::vector<std::int32_t>> flags;
    std::vector<Segment> segments;
    in.reserve(6), out.reserve(6), flags.reserve(6);
    std::int64_t start = 0;
    for (const std::int64_t columns : sizes) {
        in.emplace_back(columns + 2, n_in, 1, columns + 2), out.emplace_back(columns + 2, n_out, 1, columns + 2);
        flags.emplace_back(static_cast<std::size_t>(columns), -1);
        for (std::int64_t column = 0; column < columns; ++column)
            for (std::int64_t row = 0; row < n_in; ++row) in.back().at(column + 2, row) = static_cast<double>(value(start + column, row));
        segments.push_back({{&in.back().field, 1}, {&out.back().field, 1}, {}, 2, columns, start, flags.back().data()});
        start += columns;
    }
    in[2].at(2 + 5, 3) = std::numeric_limits<double>::quiet_NaN();
    Totals totals(n_out);
    evaluator.run(segments, {}, totals);
    expect(totals.counts.columns == start && totals.counts.nonfinite_input == 1, "segments counted as one call");
    start = 0;
    for (std::size_t index = 0; index < segments.size(); ++index) {
        for (std::int64_t column = 0; column < sizes[index]; ++column) {
            const bool poisoned = index == 2 && column == 5;
            expect(flags[index][static_cast<std::size_t>(column)] == (poisoned ? PARAMNET_FLAG_NONFINITE_INPUT : 0), "flags of a segment");
            for (std::int64_t row = 0; row < n_out; ++row)
                expect(out[index].at(column + 2, row) == (poisoned ? 0.0 : static_cast<double>(answer(start + column, row))), "a segment's outputs");
        }
        expect(out[index].at(0, 0) == -99.0 && out[index].at(1, n_out - 1) == -99.0, "columns before first are not touched");
        start += sizes[index];
    }
}

void a_failing_backend_fails_the_call_and_no_later_one(Evaluator& evaluator) {
    for (const int at : {0, 3}) {
        blocks_seen = 0, fail_at = at;
        bool failed = false;
        try {
            evaluates<float>(evaluator, 500, 1, 500);
        } catch (const Error& problem) {
            failed = problem.status() == PARAMNET_STATUS_BACKEND;
        }
        fail_at = -1;
        expect(failed, "the backend's failure comes out of the call");
        expect(evaluates<float>(evaluator, 500, 1, 500), "the next call is well");
    }
}

// Several host threads on one evaluator, on different columns of the same arrays.
void many_host_threads(Evaluator& evaluator) {
    constexpr std::int64_t columns = 400, threads = 4, calls = 50;
    Array<double> in(columns, n_in, 1, columns), out(columns, n_out, 1, columns);
    for (std::int64_t column = 0; column < columns; ++column)
        for (std::int64_t row = 0; row < n_in; ++row) in.at(column, row) = static_cast<double>(value(column, row));
    Totals totals(n_out);
    std::vector<std::thread> hosts;
    for (std::int64_t host = 0; host < threads; ++host)
        hosts.emplace_back([&, host] {
            const std::int64_t part = columns / threads;
            const Segment segment{{&in.field, 1}, {&out.field, 1}, {}, host * part, part, 0, nullptr};
            for (std::int64_t call = 0; call < calls; ++call) evaluator.run({&segment, 1}, {}, totals);
        });
    for (std::thread& host : hosts) host.join();
    bool right = true;
    for (std::int64_t column = 0; column < columns; ++column)
        for (std::int64_t row = 0; row < n_out; ++row) right &= out.at(column, row) == static_cast<double>(answer(column, row));
    expect(right, "every host thread's columns are right");
    expect(totals.counts.calls == threads * calls && totals.counts.columns == columns * calls, "counters of all threads add up");
}

void nothing_is_allocated_after_the_first_call(Evaluator& evaluator) {
    Array<double> in(300, n_in, 1, 300), out(300, n_out, 1, 300);
    for (std::int64_t column = 0; column < 300; ++column)
        for (std::int64_t row = 0; row < n_in; ++row) in.at(column, row) = static_cast<double>(value(column, row));
    in.at(7, 1) = std::numeric_limits<double>::infinity();
    std::vector<std::int32_t> flags(300);
    Totals totals(n_out);
    long before = 0;
    for (int call = 0; call < 200; ++call) {
        if (call == 1) before = native_test::allocations();
        for (const std::int64_t columns : {std::int64_t{1}, 1 + call % 300L, std::int64_t{300}}) {
            const Segment segment{{&in.field, 1}, {&out.field, 1}, {}, 0, columns, 0, flags.data()};
            evaluator.run({&segment, 1}, {call % 2 == 0 ? 1.0 : 0.5, call % 3 == 0}, totals);
        }
    }
    expect(native_test::allocations() == before, "no allocation after the first call");
    expect(before > 0, "allocations are counted");
}

}  // namespace

int main() {
    const Manifest the_manifest = manifest();
    const HostOptions options;
    for (const int threads : {1, 2, 3}) {
        FakeBackend backend;
        const auto evaluator = make_evaluator(backend, the_manifest, {}, options, threads);
        any_size_kind_and_stride(*evaluator);
        segments_are_one_call(*evaluator);
        a_failing_backend_fails_the_call_and_no_later_one(*evaluator);
        many_host_threads(*evaluator);
        nothing_is_allocated_after_the_first_call(*evaluator);
    }
    return wrong;
}

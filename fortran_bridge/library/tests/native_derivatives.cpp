// Tangents and adjoints of complete programs: against differences of the reference in float64, against each other by dot
// products of every column, the same in any part of a point, without allocation.
#include "common/error.hpp"
#include "native_examples.hpp"
#include "paramnet.h"

namespace {

using namespace native_test;
using paramnet::Precision;

constexpr std::int64_t all_columns = 203;

// A derivative at random columns, with one perturbation of inputs and of outputs.
struct Point {
    Point(const Builder& builder_, Precision precision, std::int64_t columns_)
        : builder(builder_),
          backend(builder_.backend()),
          derivative(backend->make_derivative(precision)),
          columns(columns_),
          rows_in(builder_.rows_of(0)),
          rows_out(builder_.rows_of(builder_.document["operations"].back()["in"])),
          inputs(filled(rows_in, -1.5, 1.5, 7)),
          dx(filled(rows_in, -1, 1, 8)),
          dy(filled(rows_out, -1, 1, 9)),
          outputs(rows_out * columns),
          tangent(rows_out * columns),
          adjoint(rows_in * columns) {
        derivative->reserve(columns);
        walk();
    }

    Array<double> filled(std::int64_t rows, double lowest, double highest, unsigned seed) const {
        Array<double> result(rows * columns);
        result.fill(uniform(lowest, highest, seed));
        return result;
    }

    // All three walks over the blocks.
    void walk() const {
        const std::int64_t size = derivative->block_columns();
        const Array<double> in(rows_in * size), out(rows_out * size);
        for (std::int64_t block = 0; block * size < columns; ++block) {
            const std::int64_t first = block * size, count = std::min(size, columns - first);
            const auto copy = [&](const Array<double>& all, const Array<double>& part, std::int64_t rows, bool back) {
                for (std::int64_t row = 0; row < rows; ++row)
                    for (std::int64_t column = 0; column < count; ++column)
                        (back ? all[row * columns + first + column] : part[row * size + column]) =
                            back ? part[row * size + column] : all[row * columns + first + column];
            };
            copy(inputs, in, rows_in, false);
            derivative->linearize(block, in.data(), out.data(), count);
            copy(outputs, out, rows_out, true);
            copy(dx, in, rows_in, false);
            derivative->tangent(block, in.data(), out.data(), count);
            copy(tangent, out, rows_out, true);
            copy(dy, out, rows_out, false);
            derivative->adjoint(block, in.data(), out.data(), count);
            copy(adjoint, in, rows_in, true);
        }
    }

    std::vector<double> column(const Array<double>& rows, std::int64_t number) const {
        std::vector<double> result;
        for (std::int64_t row = 0; row < rows.size() / columns; ++row) result.push_back(rows[row * columns + number]);
        return result;
    }

    const Builder& builder;
    std::unique_ptr<paramnet::Backend> backend;
    std::unique_ptr<paramnet::Derivative> derivative;
    std::int64_t columns, rows_in, rows_out;
    Array<double> inputs, dx, dy, outputs, tangent, adjoint;
};

double largest(const std::vector<double>& numbers) {
    double most = 0;
    for (const double number : numbers) most = std::max(most, std::fabs(number));
    return most;
}

// Central differences of the reference, in columns where both steps stay on the branch of the point.
void against_differences(const Point& point, const char* what, double tolerated) {
    constexpr double step = 1e-6;
    double worst = 0;
    for (std::int64_t column = 0; column < point.columns; column += 7) {
        const std::vector<double> x = point.column(point.inputs, column), dx = point.column(point.dx, column);
        const auto moved = [&](double by) {
            std::vector<double> there = x;
            for (std::size_t row = 0; row < there.size(); ++row) there[row] += by * dx[row];
            return point.builder.reference(there);
        };
        const auto before = moved(-step), at = moved(0), after = moved(step);
        const std::vector<double> got = point.column(point.tangent, column), value = point.column(point.outputs, column);
        double scale = 1e-3;
        for (std::size_t row = 0; row < at.size(); ++row) scale = std::max(scale, std::fabs(after[row] - before[row]) / (2 * step));
        for (std::size_t row = 0; row < at.size(); ++row) {
            check(std::fabs(value[row] - at[row]) <= 1e-11 * std::max(1.0, largest(at)), std::string(what) + ": value at the point");
            worst = std::max(worst, std::fabs(got[row] - (after[row] - before[row]) / (2 * step)) / scale);
        }
    }
    std::printf("%s: off differences by %.1e\n", what, worst);
    check(worst <= tolerated, std::string(what) + ": tangent");
}

void dot_products(const Point& point, const char* what, double tolerated) {
    double worst = 0;
    for (std::int64_t column = 0; column < point.columns; ++column) {
        double forward = 0, backward = 0, size = 0;
        for (std::int64_t row = 0; row < point.rows_out; ++row) {
            const double one = point.tangent[row * point.columns + column] * point.dy[row * point.columns + column];
            forward += one;
            size += std::fabs(one);
        }
        for (std::int64_t row = 0; row < point.rows_in; ++row) {
            const double one = point.adjoint[row * point.columns + column] * point.dx[row * point.columns + column];
            backward += one;
            size += std::fabs(one);
        }
        if (size == 0) continue;  // every branch of this column is frozen
        const double off = std::fabs(forward - backward) / size;
        worst = off <= worst ? worst : off;  // NaN stays
    }
    std::printf("%s: dot products differ by %.1e\n", what, worst);
    check(worst <= tolerated, std::string(what) + ": adjoint");
}

void no_allocation(const Point& point) {
    const std::int64_t size = point.derivative->block_columns();
    const Array<double> in(point.rows_in * size), out(point.rows_out * size);
    const long before = allocations();
    for (const std::int64_t columns : {1L, 16L, size}) {
        point.derivative->linearize(0, in.data(), out.data(), columns);
        point.derivative->tangent(0, in.data(), out.data(), columns);
        point.derivative->adjoint(0, in.data(), out.data(), columns);
    }
    const long after = allocations();
    check(before > 0 && after == before, "a derivative allocates");
}

// A column's derivative does not depend on the columns of its point.
void same_alone(const Point& together, const Builder& builder, Precision precision) {
    const Point alone(builder, precision, 3);
    const Array<double> in(alone.rows_in * 16), out(alone.rows_out * 16);
    for (std::int64_t row = 0; row < alone.rows_in; ++row) in[row * 16] = together.inputs[row * all_columns + 100];
    alone.derivative->linearize(0, in.data(), out.data(), 3);
    for (std::int64_t row = 0; row < alone.rows_in; ++row) in[row * 16] = together.dx[row * all_columns + 100];
    alone.derivative->tangent(0, in.data(), out.data(), 3);
    bool same = true;
    for (std::int64_t row = 0; row < alone.rows_out; ++row)
        same = same && out[row * 16] == together.tangent[row * all_columns + 100];
    check(same, "a column's tangent depends on other columns");
}

void everything(const Builder& builder, double differences) {
    for (const paramnet::native::Kernels* kernels : all_kernels()) {
        setenv("PARAMNET_ISA", kernels->name, 1);
        const Point wide(builder, Precision::float64, all_columns);
        against_differences(wide, kernels->name, differences);
        dot_products(wide, kernels->name, 1e-13);
        const Point narrow(builder, Precision::float32, all_columns);
        against_differences(narrow, kernels->name, 1e-4);
        dot_products(narrow, kernels->name, 1e-5);
        no_allocation(wide);
        no_allocation(narrow);
        same_alone(wide, builder, Precision::float64);
        same_alone(narrow, builder, Precision::float32);
    }
    unsetenv("PARAMNET_ISA");
}

// The root of zero, the branch of a clipped number and the slope of a constant result count as zero.
void frozen_branches_have_no_slope() {
    Builder b;
    const int input = b.operation({{"op", "input"}}, "float32", 2);
    const int clipped = b.operation({{"op", "clamp"}, {"in", input}, {"lower", 2.0}, {"upper", nullptr}}, "float32", 2);
    const json two = {{"constant", b.constant(std::vector<float>{2.0f})}};
    const int none = b.operation({{"op", "subtract"}, {"a", {{"value", clipped}}}, {"b", two}}, "float32", 2);
    b.output(b.operation({{"op", "sqrt"}, {"in", none}}, "float32", 2));
    const Point point(b, Precision::float64, 5);
    for (std::int64_t number = 0; number < 10; ++number) {
        check(point.tangent[number] == 0, "tangent of a frozen branch");
        check(point.adjoint[number] == 0, "adjoint of a frozen branch");
    }
}

void input_may_be_the_output() {
    Builder b;
    b.output(b.operation({{"op", "input"}}, "float32", 4));
    const Point point(b, Precision::float64, 5);
    for (std::int64_t number = 0; number < 20; ++number) {
        check(point.tangent[number] == point.dx[number], "tangent of the identity");
        check(point.adjoint[number] == point.dy[number], "adjoint of the identity");
    }
}

void bfloat16_has_no_derivative() {
    if (!paramnet::native::bfloat16_kernel()) return;
    paramnet::Settings settings;
    settings.precision = Precision::bfloat16;
    try {
        every_level_operation().backend(settings)->make_derivative(Precision::float32);
        check(false, "a derivative in bfloat16");
    } catch (const paramnet::Error& problem) {
        check(problem.status() == PARAMNET_STATUS_INVALID_ARGUMENT, "status without a derivative");
    }
}

}  // namespace

int main() {
    everything(every_operation(), 1e-6);
    everything(rasp(), 1e-6);
    everything(every_level_operation(), 1e-6);
    frozen_branches_have_no_slope();
    input_may_be_the_output();
    bfloat16_has_no_derivative();
    return report("native_derivatives");
}

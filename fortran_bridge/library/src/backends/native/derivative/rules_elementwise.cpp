// Functions, and operations of two operands: each perturbation is multiplied by the slope.
#include "backends/native/derivative/functions.hpp"
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

template <typename Real>
void linearize_unary(const Frame<double>& frame, const Step& step, Real* coefficients) {
    const Operation& operation = step.operation;
    double* const slope = frame.scratch_row(0);
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row) {
        linearize_function(operation.function, frame.functions(), frame.row(operation.in[0], row), frame.row(operation.out, row), slope,
                           frame.padded());
        keep(slope, coefficients + row * frame.stride, frame.padded());
    }
}

template <typename Real>
void tangent_unary(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const Operation& operation = step.operation;
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row) {
        copy_row(frame.row(operation.in[0], row), frame.row(operation.out, row), frame.padded());
        multiply_row(coefficients + row * frame.stride, frame.row(operation.out, row), frame.padded());
    }
}

template <typename Real>
void adjoint_unary(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const Operation& operation = step.operation;
    Real* const to = frame.sum(operation.in[0]);
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row)
        add_product(coefficients + row * frame.stride, frame.row(operation.out, row), to + row * frame.stride, frame.padded());
}

bool has_slopes(const Operation& operation) {
    return operation.binary != Binary::add && operation.binary != Binary::subtract;
}

// One operand of an operation: a value with the slopes of all rows of the result, or with the sign of its perturbation.
template <typename Real>
struct Side {
    std::int64_t value;  // none: a constant
    std::int64_t rows;
    const Real* slopes;  // null: the sign
    Real sign;

    const Real* slope(std::int64_t row, std::int64_t stride) const { return slopes + row * stride; }
};

template <typename Real>
struct Both {
    Side<Real> operands[2];
};

template <typename Real>
Both<Real> operands_of(const Frame<Real>& frame, const Operation& operation, const Real* coefficients) {
    const std::int64_t size = frame.rows(operation.out) * frame.stride;
    const Reference& a = operation.a;
    const Reference& b = operation.b;
    const bool slopes = has_slopes(operation);
    const auto operand = [&](const Reference& one, std::int64_t offset, Real sign) -> Side<Real> {
        if (one.constant) return {none, 1, nullptr, Real(0)};
        return {one.number, frame.rows(one.number), slopes ? coefficients + offset : nullptr, sign};
    };
    return {{operand(a, 0, Real(1)), operand(b, a.constant ? 0 : size, operation.binary == Binary::subtract ? Real(-1) : Real(1))}};
}

// A row of an operand's numbers; those of a constant are spread over `scratch`.
const double* numbers(const Frame<double>& frame, const Reference& reference, std::int64_t row, double* scratch) {
    if (!reference.constant) return frame.row(reference.number, row % frame.rows(reference.number));
    const Constant& constant = frame.layout.plan().constant(reference.number);
    const std::int64_t from = row % constant.rows;
    const double number =
        constant.type == Type::float64 ? constant.as<double>()[from] : static_cast<double>(constant.as<float>()[from]);
    std::fill_n(scratch, frame.padded(), number);
    return scratch;
}

void slopes(Binary op, const double* a, const double* b, const double* out, double* of_a, double* of_b, std::int64_t columns) {
    const auto each = [&](auto left, auto right) {
        for (std::int64_t column = 0; column < columns; ++column) {
            of_a[column] = left(a[column], b[column], out[column]);
            of_b[column] = right(a[column], b[column], out[column]);
        }
    };
    switch (op) {
        case Binary::add:
        case Binary::subtract: return;
        case Binary::multiply:
            return each([](double, double y, double) { return y; }, [](double x, double, double) { return x; });
        case Binary::divide:
            return each([](double, double y, double) { return 1.0 / y; }, [](double, double y, double z) { return -z / y; });
        case Binary::minimum:
            return each([](double x, double y, double) { return x < y ? 1.0 : 0.0; },
                        [](double x, double y, double) { return x < y ? 0.0 : 1.0; });
        case Binary::maximum:
            return each([](double x, double y, double) { return x > y ? 1.0 : 0.0; },
                        [](double x, double y, double) { return x > y ? 0.0 : 1.0; });
        case Binary::power:
            return each([](double x, double y, double) { return y * std::pow(x, y - 1.0); },
                        [](double x, double, double z) { return z * std::log(x); });
    }
}

template <typename Real>
void linearize_binary(const Frame<double>& frame, const Step& step, Real* coefficients) {
    const Operation& operation = step.operation;
    const std::int64_t columns = frame.padded(), size = frame.rows(operation.out) * frame.stride;
    double *const of_a = frame.scratch_row(0), *const of_b = frame.scratch_row(1);
    Real* const second = coefficients + (operation.a.constant ? 0 : size);
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row) {
        const double* const a = numbers(frame, operation.a, row, frame.scratch_row(2));
        const double* const b = numbers(frame, operation.b, row, frame.scratch_row(3));
        double* const out = frame.row(operation.out, row);
        frame.functions().binary(operation.binary, {a, columns, false}, {b, columns, false}, {out, columns}, {1, columns});
        if (!has_slopes(operation)) continue;
        slopes(operation.binary, a, b, out, of_a, of_b, columns);
        if (!operation.a.constant) keep(of_a, coefficients + row * frame.stride, columns);
        if (!operation.b.constant) keep(of_b, second + row * frame.stride, columns);
    }
}

template <typename Real>
void tangent_binary(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const std::int64_t columns = frame.padded();
    const Both<Real> both = operands_of(frame, step.operation, coefficients);
    for (std::int64_t row = 0; row < frame.rows(step.operation.out); ++row) {
        Real* const to = frame.row(step.operation.out, row);
        std::fill_n(to, columns, Real(0));
        for (const Side<Real>& one : both.operands) {
            if (one.value == none) continue;
            const Real* const from = frame.row(one.value, row % one.rows);
            if (one.slopes) add_product(one.slope(row, frame.stride), from, to, columns);
            else
                for (std::int64_t column = 0; column < columns; ++column) to[column] += one.sign * from[column];
        }
    }
}

template <typename Real>
void adjoint_binary(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const std::int64_t columns = frame.padded();
    const Both<Real> both = operands_of(frame, step.operation, coefficients);
    for (const Side<Real>& one : both.operands) {
        if (one.value == none) continue;
        Real* const sums = frame.sum(one.value);
        for (std::int64_t row = 0; row < frame.rows(step.operation.out); ++row) {
            const Real* const from = frame.row(step.operation.out, row);
            Real* const to = sums + row % one.rows * frame.stride;
            if (one.slopes) add_product(one.slope(row, frame.stride), from, to, columns);
            else
                for (std::int64_t column = 0; column < columns; ++column) to[column] += one.sign * from[column];
        }
    }
}

}  // namespace

std::int64_t binary_coefficients(const Operation& operation, const Plan& plan) {
    if (!has_slopes(operation)) return 0;
    return rows_made(operation, plan) * (operation.a.constant || operation.b.constant ? 1 : 2);
}

template <typename Real>
Rule<Real> unary_rule() {
    return {linearize_unary<Real>, tangent_unary<Real>, adjoint_unary<Real>};
}

template <typename Real>
Rule<Real> binary_rule() {
    return {linearize_binary<Real>, tangent_binary<Real>, adjoint_binary<Real>};
}

template Rule<float> unary_rule<float>();
template Rule<double> unary_rule<double>();
template Rule<float> binary_rule<float>();
template Rule<double> binary_rule<double>();

}  // namespace paramnet::native

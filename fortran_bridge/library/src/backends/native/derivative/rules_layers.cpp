// Dense layers and convolutions: the forward's kernel with the weights, or with the transposed weights.
#include "backends/native/derivative/functions.hpp"
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

bool bends(const Operation& operation) { return operation.function.op != Unary::identity; }
bool has_residual(const Operation& operation, bool after) {
    return operation.residual != none && operation.residual_after == after;
}

template <typename Real>
void add_value(const Frame<Real>& frame, std::int64_t from, Real* to) {
    for (std::int64_t row = 0; row < frame.rows(from); ++row)
        add_row(frame.row(from, row), to + row * frame.stride, frame.padded());
}

// What follows the products: residual, activation, residual.
template <typename Real>
void linearize_end(const Frame<double>& frame, const Operation& operation, Real* coefficients) {
    if (has_residual(operation, false)) add_value(frame, operation.residual, frame.row(operation.out));
    double *const x = frame.scratch_row(0), *const slope = frame.scratch_row(1);
    for (std::int64_t row = 0; bends(operation) && row < frame.rows(operation.out); ++row) {
        double* const out = frame.row(operation.out, row);
        copy_row(out, x, frame.padded());
        linearize_function(operation.function, frame.functions(), x, out, slope, frame.padded());
        keep(slope, coefficients + row * frame.stride, frame.padded());
    }
    if (has_residual(operation, true)) add_value(frame, operation.residual, frame.row(operation.out));
}

template <typename Real>
void multiply_value(const Frame<Real>& frame, const Operation& operation, const Real* coefficients) {
    for (std::int64_t row = 0; bends(operation) && row < frame.rows(operation.out); ++row)
        multiply_row(coefficients + row * frame.stride, frame.row(operation.out, row), frame.padded());
}

template <typename Real>
void tangent_end(const Frame<Real>& frame, const Operation& operation, const Real* coefficients) {
    if (has_residual(operation, false)) add_value(frame, operation.residual, frame.row(operation.out));
    multiply_value(frame, operation, coefficients);
    if (has_residual(operation, true)) add_value(frame, operation.residual, frame.row(operation.out));
}

template <typename Real>
void adjoint_end(const Frame<Real>& frame, const Operation& operation, const Real* coefficients) {
    if (has_residual(operation, true)) add_value(frame, operation.out, frame.sum(operation.residual));
    multiply_value(frame, operation, coefficients);
    if (has_residual(operation, false)) add_value(frame, operation.out, frame.sum(operation.residual));
}

template <typename Real>
void linearize_dense(const Frame<double>& frame, const Step& step, Real* coefficients) {
    const Operation& operation = step.operation;
    apply(frame, frame.layout.affine(step.position, 0), frame.row(operation.in[0]), frame.row(operation.out), false);
    linearize_end(frame, operation, coefficients);
}

template <typename Real>
void tangent_dense(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const Operation& operation = step.operation;
    apply(frame, frame.layout.linear(step.position, 0), frame.row(operation.in[0]), frame.row(operation.out), false);
    tangent_end(frame, operation, coefficients);
}

template <typename Real>
void adjoint_dense(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const Operation& operation = step.operation;
    adjoint_end(frame, operation, coefficients);
    const std::int64_t in = operation.in[0];
    apply(frame, frame.layout.transposed(step.position, 0), frame.row(operation.out), frame.row(in), !frame.fresh[in]);
    frame.fresh[in] = false;
}

// The window of a convolution at one output level.
struct Window {
    const Geometry& geometry;
    std::int64_t first;     // level of its first tap
    std::int64_t channels;

    bool in_place() const {
        return (geometry.dilation == 1 || geometry.window == 1) && first >= 0 && first + geometry.window <= geometry.levels;
    }

    // Calls visit(row of the window, row of the value), the latter none outside the column.
    template <typename Visit>
    void each_row(Visit visit) const {
        for (std::int64_t row = 0; row < geometry.window * channels; ++row) {
            const std::int64_t level = first + row / channels * geometry.dilation;
            visit(row, level >= 0 && level < geometry.levels ? level * channels + row % channels : none);
        }
    }
};

// Calls visit(window, first row of the result) for every level of the result; width: rows of a window.
template <typename Real, typename Visit>
void each_window(const Frame<Real>& frame, const Operation& operation, std::int64_t width, std::int64_t outputs, Visit visit) {
    const Geometry& geometry = operation.geometry;
    const std::int64_t channels = width / geometry.window;
    for (std::int64_t level = 0; level < frame.rows(operation.out) / outputs; ++level)
        visit(Window{geometry, level * geometry.stride - geometry.padding, channels}, level * outputs);
}

template <typename Real>
void convolve(const Frame<Real>& frame, const Operation& operation, const Dense& layer) {
    const std::int64_t in = operation.in[0];
    each_window(frame, operation, layer.inputs, layer.outputs, [&](const Window& window, std::int64_t row) {
        const Real* from = frame.scratch_row(2);
        if (window.in_place()) from = frame.row(in, window.first * window.channels);
        else
            window.each_row([&](std::int64_t to, std::int64_t taken) {
                if (taken != none) copy_row(frame.row(in, taken), frame.scratch_row(2 + to), frame.padded());
                else std::fill_n(frame.scratch_row(2 + to), frame.padded(), Real(0));
            });
        apply(frame, layer, from, frame.row(operation.out, row), false);
    });
}

template <typename Real>
void linearize_convolution(const Frame<double>& frame, const Step& step, Real* coefficients) {
    convolve(frame, step.operation, frame.layout.affine(step.position, 0));
    linearize_end(frame, step.operation, coefficients);
}

template <typename Real>
void tangent_convolution(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    convolve(frame, step.operation, frame.layout.linear(step.position, 0));
    tangent_end(frame, step.operation, coefficients);
}

template <typename Real>
void adjoint_convolution(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const Operation& operation = step.operation;
    adjoint_end(frame, operation, coefficients);
    const Dense layer = frame.layout.transposed(step.position, 0);
    Real* const sums = frame.sum(operation.in[0]);
    each_window(frame, operation, layer.outputs, layer.inputs, [&](const Window& window, std::int64_t row) {
        const Real* const from = frame.row(operation.out, row);
        if (window.in_place()) return apply(frame, layer, from, sums + window.first * window.channels * frame.stride, true);
        apply(frame, layer, from, frame.scratch_row(2), false);
        window.each_row([&](std::int64_t made, std::int64_t to) {
            if (to != none) add_row(frame.scratch_row(2 + made), sums + to * frame.stride, frame.padded());
        });
    });
}

}  // namespace

template <typename Real>
Rule<Real> dense_rule() {
    return {linearize_dense<Real>, tangent_dense<Real>, adjoint_dense<Real>};
}

template <typename Real>
Rule<Real> convolution_rule() {
    return {linearize_convolution<Real>, tangent_convolution<Real>, adjoint_convolution<Real>};
}

template Rule<float> dense_rule<float>();
template Rule<double> dense_rule<double>();
template Rule<float> convolution_rule<float>();
template Rule<double> convolution_rule<double>();

}  // namespace paramnet::native

// The derivative of every operation: three functions for each, one per walk.
#pragma once

#include "backends/native/derivative/frame.hpp"

namespace paramnet::native {

// Rows that an operation needs: of coefficients, kept from the linearization, and of scratch.
struct Sizes {
    std::int64_t coefficients = 0;
    std::int64_t scratch = 0;
};

// One operation of a program.
struct Step {
    const Operation& operation;
    std::size_t position;
};

// Real is that of the coefficients, and of the perturbations of tangent and adjoint.
template <typename Real>
struct Rule {
    // Computes the operation's value, and its coefficients at this value.
    void (*linearize)(const Frame<double>& frame, const Step& step, Real* coefficients);
    // From the perturbations of its operands to that of its result.
    void (*tangent)(const Frame<Real>& frame, const Step& step, const Real* coefficients);
    // Adds to the adjoints of its operands; that of its result is complete and may be overwritten.
    void (*adjoint)(const Frame<Real>& frame, const Step& step, const Real* coefficients);
};

Sizes sizes_of(const Operation& operation, const Plan& plan, std::size_t position);

template <typename Real>
Rule<Real> rule_of(Kind kind);

// Each in the source of its kind (rules_*.cpp), for float and double.
template <typename Real>
Rule<Real> cast_rule();
template <typename Real>
Rule<Real> rows_rule();
template <typename Real>
Rule<Real> sum_rule();
template <typename Real>
Rule<Real> cumulative_sum_rule();
template <typename Real>
Rule<Real> unary_rule();
template <typename Real>
Rule<Real> binary_rule();
template <typename Real>
Rule<Real> dense_rule();
template <typename Real>
Rule<Real> convolution_rule();
template <typename Real>
Rule<Real> normalize_rule();
template <typename Real>
Rule<Real> attention_rule();
template <typename Real>
Rule<Real> lstm_rule();

std::int64_t binary_coefficients(const Operation& operation, const Plan& plan);
std::int64_t rows_made(const Operation& operation, const Plan& plan);

}  // namespace paramnet::native

// Operations that are linear in their operand: they need no coefficients, and are their own tangents.
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

// Calls visit(row of the result, value, its row) for every row that is taken.
template <typename Visit>
void each_row(const Layout& layout, const Operation& operation, Visit visit) {
    const std::int32_t* index =
        operation.index == none ? nullptr : layout.plan().constant(operation.index).as<std::int32_t>();
    for (std::int64_t to = 0; to < layout.value(operation.out).rows; ++to) {
        std::int64_t from = index ? index[to] : to;
        auto value = operation.in.begin();
        for (; from >= layout.value(*value).rows; ++value) from -= layout.value(*value).rows;
        visit(to, *value, from);
    }
}

template <typename Real>
void take_rows(const Frame<Real>& frame, const Operation& operation) {
    each_row(frame.layout, operation, [&](std::int64_t to, std::int64_t value, std::int64_t from) {
        copy_row(frame.row(value, from), frame.row(operation.out, to), frame.padded());
    });
}

template <typename Real>
void add_rows_back(const Frame<Real>& frame, const Step& step, const Real*) {
    const std::int64_t out = step.operation.out;
    each_row(frame.layout, step.operation, [&](std::int64_t to, std::int64_t value, std::int64_t from) {
        add_row(frame.row(out, to), frame.sum(value) + from * frame.stride, frame.padded());
    });
}

// The sum over levels of each channel, in the order of the forward.
template <typename Real>
void add_up(const Frame<Real>& frame, const Operation& operation) {
    const std::int64_t in = operation.in[0], channels = frame.rows(operation.out);
    for (std::int64_t row = 0; row < frame.rows(in); ++row) {
        Real* const to = frame.row(operation.out, row % channels);
        if (row < channels) copy_row(frame.row(in, row), to, frame.padded());
        else add_row(frame.row(in, row), to, frame.padded());
    }
}

template <typename Real>
void spread(const Frame<Real>& frame, const Step& step, const Real*) {
    const std::int64_t in = step.operation.in[0], channels = frame.rows(step.operation.out);
    Real* const to = frame.sum(in);
    for (std::int64_t row = 0; row < frame.rows(in); ++row)
        add_row(frame.row(step.operation.out, row % channels), to + row * frame.stride, frame.padded());
}

template <typename Real>
void add_up_to_each(const Frame<Real>& frame, const Operation& operation) {
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row) {
        copy_row(frame.row(operation.in[0], row), frame.row(operation.out, row), frame.padded());
        if (row > 0) add_row(frame.row(operation.out, row - 1), frame.row(operation.out, row), frame.padded());
    }
}

template <typename Real>
void add_up_from_each(const Frame<Real>& frame, const Step& step, const Real*) {
    Real* const to = frame.sum(step.operation.in[0]);
    for (std::int64_t row = frame.rows(step.operation.out) - 1; row >= 0; --row) {
        Real* const from = frame.row(step.operation.out, row);
        add_row(from, to + row * frame.stride, frame.padded());
        if (row > 0) add_row(from, frame.row(step.operation.out, row - 1), frame.padded());
    }
}

// Both walks that go forwards, from the function itself.
template <typename Real, void (*wide)(const Frame<double>&, const Operation&), void (*own)(const Frame<Real>&, const Operation&)>
Rule<Real> linear_rule(void (*adjoint)(const Frame<Real>&, const Step&, const Real*)) {
    return {[](const Frame<double>& frame, const Step& step, Real*) { wide(frame, step.operation); },
            [](const Frame<Real>& frame, const Step& step, const Real*) { own(frame, step.operation); }, adjoint};
}

}  // namespace

template <typename Real>
Rule<Real> cast_rule() {
    return rows_rule<Real>();  // all numbers of a derivative have one type
}

template <typename Real>
Rule<Real> rows_rule() {
    return linear_rule<Real, take_rows<double>, take_rows<Real>>(add_rows_back<Real>);
}

template <typename Real>
Rule<Real> sum_rule() {
    return linear_rule<Real, add_up<double>, add_up<Real>>(spread<Real>);
}

template <typename Real>
Rule<Real> cumulative_sum_rule() {
    return linear_rule<Real, add_up_to_each<double>, add_up_to_each<Real>>(add_up_from_each<Real>);
}

template Rule<float> rows_rule<float>();
template Rule<double> rows_rule<double>();
template Rule<float> cast_rule<float>();
template Rule<double> cast_rule<double>();
template Rule<float> sum_rule<float>();
template Rule<double> sum_rule<double>();
template Rule<float> cumulative_sum_rule<float>();
template Rule<double> cumulative_sum_rule<double>();

}  // namespace paramnet::native

// An LSTM.  Gates z = W x + U h + b at each level, state c = f c + i g, output h = o tanh(c).  In terms of z':
// c' = F c' + I z_i' + J z_f' + G z_g' and h' = B c' + O z_o', with six rows of coefficients for each channel.
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

enum Part { enter, forget, fresh, show, kept, bounded, parts };  // I, J, G, O, F, B; the first four as the gates

// The walk of one direction over the levels, in the order of the recurrence.
struct Walk {
    std::int64_t direction, directions, levels, width, channels;
    bool backward;

    std::int64_t level(std::int64_t count) const { return backward ? levels - 1 - count : count; }
    std::int64_t in(std::int64_t count) const { return level(count) * channels; }
    std::int64_t out(std::int64_t count) const { return (level(count) * directions + direction) * width; }
    std::int64_t coefficient(std::int64_t count) const { return (direction * levels + count) * parts * width; }
};

template <typename Real, typename Visit>
void each_walk(const Frame<Real>& frame, const Step& step, Visit visit) {
    const Geometry& geometry = step.operation.geometry;
    for (std::int64_t direction = 0; direction < geometry.directions; ++direction) {
        const std::int64_t channels = frame.layout.linear(step.position, 0).inputs;
        const std::int64_t width = frame.layout.linear(step.position, 1).inputs;
        visit(Walk{direction, geometry.directions, geometry.levels, width, channels, geometry.backward || direction == 1});
    }
}

void evaluate(const Frame<double>& frame, Unary op, double* rows, std::int64_t count) {
    Function function;
    function.op = op;
    frame.functions().unary(function, {rows, frame.stride}, {rows, frame.stride}, {count, frame.padded()});
}

// One level: gates (4 width rows) become functions; state (width rows) becomes the next; h and the coefficients are written.
template <typename Real>
void linearize_cell(const Frame<double>& frame, std::int64_t width, double* gates, double* state, double* work, double* h, Real* to) {
    const std::int64_t columns = frame.padded(), stride = frame.stride;
    evaluate(frame, Unary::sigmoid, gates, 2 * width);
    evaluate(frame, Unary::tanh, gates + 2 * width * stride, width);
    evaluate(frame, Unary::sigmoid, gates + 3 * width * stride, width);
    for (std::int64_t row = 0; row < width; ++row) {
        const auto gate = [&](Part part) { return gates + (part * width + row) * stride; };
        const auto coefficient = [&](Part part) { return to + (part * width + row) * stride; };
        const double *const i = gate(enter), *const f = gate(forget), *const g = gate(fresh), *const o = gate(show);
        double *const c = state + row * stride, *const t = work, *const out = h + row * stride;
        double* const slope = work + stride;
        const auto kept_as = [&](Part part, auto number) {
            for (std::int64_t column = 0; column < columns; ++column) slope[column] = number(column);
            keep(slope, coefficient(part), columns);
        };
        kept_as(enter, [&](std::int64_t at) { return g[at] * i[at] * (1.0 - i[at]); });
        kept_as(forget, [&](std::int64_t at) { return c[at] * f[at] * (1.0 - f[at]); });
        kept_as(fresh, [&](std::int64_t at) { return i[at] * (1.0 - g[at] * g[at]); });
        kept_as(kept, [&](std::int64_t at) { return f[at]; });
        for (std::int64_t column = 0; column < columns; ++column) c[column] = t[column] = f[column] * c[column] + i[column] * g[column];
        evaluate(frame, Unary::tanh, t, 1);
        kept_as(show, [&](std::int64_t at) { return t[at] * o[at] * (1.0 - o[at]); });
        kept_as(bounded, [&](std::int64_t at) { return o[at] * (1.0 - t[at] * t[at]); });
        for (std::int64_t column = 0; column < columns; ++column) out[column] = o[column] * t[column];
    }
}

template <typename Real>
void linearize_lstm(const Frame<double>& frame, const Step& step, Real* coefficients) {
    const std::int64_t in = step.operation.in[0], out = step.operation.out;
    each_walk(frame, step, [&](const Walk& walk) {
        double *const gates = frame.scratch_row(0), *const state = frame.scratch_row(4 * walk.width);
        double* const work = frame.scratch_row(5 * walk.width);
        std::fill_n(state, walk.width * frame.stride, 0.0);
        for (std::int64_t count = 0; count < walk.levels; ++count) {
            apply(frame, frame.layout.affine(step.position, 2 * walk.direction), frame.row(in, walk.in(count)), gates, false);
            if (count > 0)
                apply(frame, frame.layout.linear(step.position, 2 * walk.direction + 1), frame.row(out, walk.out(count - 1)), gates, true);
            linearize_cell(frame, walk.width, gates, state, work, frame.row(out, walk.out(count)),
                           coefficients + walk.coefficient(count) * frame.stride);
        }
    });
}

template <typename Real>
void tangent_lstm(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const std::int64_t in = step.operation.in[0], out = step.operation.out, columns = frame.padded(), stride = frame.stride;
    each_walk(frame, step, [&](const Walk& walk) {
        Real *const gates = frame.scratch_row(0), *const state = frame.scratch_row(4 * walk.width);
        std::fill_n(state, walk.width * stride, Real(0));
        for (std::int64_t count = 0; count < walk.levels; ++count) {
            apply(frame, frame.layout.linear(step.position, 2 * walk.direction), frame.row(in, walk.in(count)), gates, false);
            if (count > 0)
                apply(frame, frame.layout.linear(step.position, 2 * walk.direction + 1), frame.row(out, walk.out(count - 1)), gates, true);
            const Real* const given = coefficients + walk.coefficient(count) * stride;
            for (std::int64_t row = 0; row < walk.width; ++row) {
                const auto at = [&](Part part) { return (part * walk.width + row) * stride; };
                Real *const c = state + row * stride, *const h = frame.row(out, walk.out(count) + row);
                multiply_row(given + at(kept), c, columns);
                for (const Part part : {enter, forget, fresh}) add_product(given + at(part), gates + at(part), c, columns);
                std::fill_n(h, columns, Real(0));
                add_product(given + at(bounded), c, h, columns);
                add_product(given + at(show), gates + at(show), h, columns);
            }
        }
    });
}

template <typename Real>
void adjoint_lstm(const Frame<Real>& frame, const Step& step, const Real* coefficients) {
    const std::int64_t out = step.operation.out, columns = frame.padded(), stride = frame.stride;
    Real* const sums = frame.sum(step.operation.in[0]);
    each_walk(frame, step, [&](const Walk& walk) {
        Real *const gates = frame.scratch_row(0), *const state = frame.scratch_row(4 * walk.width);
        std::fill_n(state, walk.width * stride, Real(0));
        for (std::int64_t count = walk.levels - 1; count >= 0; --count) {
            const Real* const given = coefficients + walk.coefficient(count) * stride;
            for (std::int64_t row = 0; row < walk.width; ++row) {
                const auto at = [&](Part part) { return (part * walk.width + row) * stride; };
                Real *const c = state + row * stride, *const h = frame.row(out, walk.out(count) + row);
                add_product(given + at(bounded), h, c, columns);
                copy_row(h, gates + at(show), columns);
                multiply_row(given + at(show), gates + at(show), columns);
                for (const Part part : {enter, forget, fresh}) {
                    copy_row(c, gates + at(part), columns);
                    multiply_row(given + at(part), gates + at(part), columns);
                }
                multiply_row(given + at(kept), c, columns);
            }
            apply(frame, frame.layout.transposed(step.position, 2 * walk.direction), gates, sums + walk.in(count) * stride, true);
            if (count > 0)
                apply(frame, frame.layout.transposed(step.position, 2 * walk.direction + 1), gates, frame.row(out, walk.out(count - 1)), true);
        }
    });
}

}  // namespace

template <typename Real>
Rule<Real> lstm_rule() {
    return {linearize_lstm<Real>, tangent_lstm<Real>, adjoint_lstm<Real>};
}

template Rule<float> lstm_rule<float>();
template Rule<double> lstm_rule<double>();

}  // namespace paramnet::native

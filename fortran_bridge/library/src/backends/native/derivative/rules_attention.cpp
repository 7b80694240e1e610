// Attention.  With P = softmax(S), S = factor Q K': P' = P (S' - sum P S') row by row, and O' = P' V + P V'.
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

// Rows of one head: queries, keys, values and the result have the same shape.
struct Head {
    std::int64_t number, levels, heads, channels;

    std::int64_t row(std::int64_t level) const { return (level * heads + number) * channels; }
    std::int64_t weight(std::int64_t query, std::int64_t key) const { return (number * levels + query) * levels + key; }
};

template <typename Visit>
void each_head(const Operation& operation, std::int64_t rows, Visit visit) {
    const Geometry& geometry = operation.geometry;
    for (std::int64_t head = 0; head < geometry.groups; ++head)
        visit(Head{head, geometry.levels, geometry.groups, rows / geometry.levels / geometry.groups});
}

// sum over channels of a b, of two levels.
template <typename Real>
void add_products(const Real* a, const Real* b, Real* to, std::int64_t channels, std::int64_t stride, std::int64_t columns) {
    for (std::int64_t channel = 0; channel < channels; ++channel) add_product(a + channel * stride, b + channel * stride, to, columns);
}

// to += weight * from, for each channel.
template <typename Real>
void add_weighted(const Real* weight, const Real* from, Real* to, std::int64_t channels, std::int64_t stride, std::int64_t columns) {
    for (std::int64_t channel = 0; channel < channels; ++channel) add_product(weight, from + channel * stride, to + channel * stride, columns);
}

// Queries, keys and values, then the weights of every head, query and key.
template <typename Numbers>
struct Parts {
    Parts(Numbers* data, std::int64_t rows, std::int64_t stride)
        : queries(data), keys(data + rows * stride), values(data + 2 * rows * stride), weights(data + 3 * rows * stride) {}
    Numbers *queries, *keys, *values, *weights;
};

// The scores of one query in scratch rows 0 to levels - 1 become weights.
void softmax(const Frame<double>& frame, std::int64_t levels) {
    const std::int64_t columns = frame.padded();
    double* const most = frame.scratch_row(levels);
    copy_row(frame.scratch_row(0), most, columns);
    for (std::int64_t key = 1; key < levels; ++key)
        for (std::int64_t column = 0; column < columns; ++column) most[column] = std::max(most[column], frame.scratch_row(key)[column]);
    Function exponential;
    exponential.op = Unary::exp;
    for (std::int64_t key = 0; key < levels; ++key) {
        double* const score = frame.scratch_row(key);
        for (std::int64_t column = 0; column < columns; ++column) score[column] -= most[column];
        frame.functions().unary(exponential, {score, columns}, {score, columns}, {1, columns});
    }
    std::fill_n(most, columns, 0.0);
    for (std::int64_t key = 0; key < levels; ++key) add_row(frame.scratch_row(key), most, columns);
    for (std::int64_t key = 0; key < levels; ++key)
        for (std::int64_t column = 0; column < columns; ++column) frame.scratch_row(key)[column] /= most[column];
}

template <typename Real>
void linearize_attention(const Frame<double>& frame, const Step& step, Real* data) {
    const Operation& operation = step.operation;
    const std::int64_t rows = frame.rows(operation.out), columns = frame.padded(), stride = frame.stride;
    const double factor = operation.geometry.factor;
    const Parts<Real> to(data, rows, stride);
    for (std::int64_t part = 0; part < 3; ++part)
        for (std::int64_t row = 0; row < rows; ++row)
            keep(frame.row(operation.in[static_cast<std::size_t>(part)], row), data + (part * rows + row) * stride, columns);
    each_head(operation, rows, [&](const Head& head) {
        for (std::int64_t query = 0; query < head.levels; ++query) {
            for (std::int64_t key = 0; key < head.levels; ++key) {
                double* const score = frame.scratch_row(key);
                std::fill_n(score, columns, 0.0);
                add_products(frame.row(operation.in[0], head.row(query)), frame.row(operation.in[1], head.row(key)), score, head.channels,
                             stride, columns);
                for (std::int64_t column = 0; column < columns; ++column) score[column] *= factor;
            }
            softmax(frame, head.levels);
            double* const out = frame.row(operation.out, head.row(query));
            for (std::int64_t channel = 0; channel < head.channels; ++channel) std::fill_n(out + channel * stride, columns, 0.0);
            for (std::int64_t key = 0; key < head.levels; ++key) {
                keep(frame.scratch_row(key), to.weights + head.weight(query, key) * stride, columns);
                add_weighted(frame.scratch_row(key), frame.row(operation.in[2], head.row(key)), out, head.channels, stride, columns);
            }
        }
    });
}

// The rows of scratch of one query, d: P (d - sum P d), times factor.
template <typename Real>
void through_softmax(const Frame<Real>& frame, const Head& head, std::int64_t query, const Real* weights, Real factor) {
    const std::int64_t columns = frame.padded();
    Real* const sum = frame.scratch_row(head.levels);
    std::fill_n(sum, columns, Real(0));
    const auto weight = [&](std::int64_t key) { return weights + head.weight(query, key) * frame.stride; };
    for (std::int64_t key = 0; key < head.levels; ++key) add_product(weight(key), frame.scratch_row(key), sum, columns);
    for (std::int64_t key = 0; key < head.levels; ++key) {
        Real* const one = frame.scratch_row(key);
        for (std::int64_t column = 0; column < columns; ++column) one[column] = factor * weight(key)[column] * (one[column] - sum[column]);
    }
}

template <typename Real>
void tangent_attention(const Frame<Real>& frame, const Step& step, const Real* data) {
    const Operation& operation = step.operation;
    const std::int64_t rows = frame.rows(operation.out), columns = frame.padded(), stride = frame.stride;
    const Parts<const Real> given(data, rows, stride);
    const Real factor = static_cast<Real>(operation.geometry.factor);
    each_head(operation, rows, [&](const Head& head) {
        for (std::int64_t query = 0; query < head.levels; ++query) {
            const std::int64_t at = head.row(query);
            for (std::int64_t key = 0; key < head.levels; ++key) {
                const std::int64_t other = head.row(key);
                Real* const score = frame.scratch_row(key);
                std::fill_n(score, columns, Real(0));
                add_products(frame.row(operation.in[0], at), given.keys + other * stride, score, head.channels, stride, columns);
                add_products(given.queries + at * stride, frame.row(operation.in[1], other), score, head.channels, stride, columns);
            }
            through_softmax(frame, head, query, given.weights, factor);
            Real* const out = frame.row(operation.out, at);
            for (std::int64_t channel = 0; channel < head.channels; ++channel) std::fill_n(out + channel * stride, columns, Real(0));
            for (std::int64_t key = 0; key < head.levels; ++key) {
                const std::int64_t other = head.row(key);
                add_weighted(frame.scratch_row(key), given.values + other * stride, out, head.channels, stride, columns);
                add_weighted(given.weights + head.weight(query, key) * stride, frame.row(operation.in[2], other), out, head.channels, stride,
                             columns);
            }
        }
    });
}

template <typename Real>
void adjoint_attention(const Frame<Real>& frame, const Step& step, const Real* data) {
    const Operation& operation = step.operation;
    const std::int64_t rows = frame.rows(operation.out), columns = frame.padded(), stride = frame.stride;
    const Parts<const Real> given(data, rows, stride);
    const Real factor = static_cast<Real>(operation.geometry.factor);
    Real *const queries = frame.sum(operation.in[0]), *const keys = frame.sum(operation.in[1]), *const values = frame.sum(operation.in[2]);
    each_head(operation, rows, [&](const Head& head) {
        for (std::int64_t query = 0; query < head.levels; ++query) {
            const std::int64_t at = head.row(query);
            const Real* const out = frame.row(operation.out, at);
            for (std::int64_t key = 0; key < head.levels; ++key) {
                const std::int64_t other = head.row(key);
                std::fill_n(frame.scratch_row(key), columns, Real(0));
                add_products(out, given.values + other * stride, frame.scratch_row(key), head.channels, stride, columns);
                add_weighted(given.weights + head.weight(query, key) * stride, out, values + other * stride, head.channels, stride, columns);
            }
            through_softmax(frame, head, query, given.weights, factor);
            for (std::int64_t key = 0; key < head.levels; ++key) {
                const std::int64_t other = head.row(key);
                add_weighted(frame.scratch_row(key), given.keys + other * stride, queries + at * stride, head.channels, stride, columns);
                add_weighted(frame.scratch_row(key), given.queries + at * stride, keys + other * stride, head.channels, stride, columns);
            }
        }
    });
}

}  // namespace

template <typename Real>
Rule<Real> attention_rule() {
    return {linearize_attention<Real>, tangent_attention<Real>, adjoint_attention<Real>};
}

template Rule<float> attention_rule<float>();
template Rule<double> attention_rule<double>();

}  // namespace paramnet::native

// Normalization of groups of rows.  With n the deviation in standard deviations, its perturbation is
// (x' - mean(x') - n mean(n x')) / s, which is symmetric: the adjoint is the same projection.
#include "backends/native/derivative/functions.hpp"
#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

// The rows of one group: `levels` runs of `channels` adjacent rows.
struct Group {
    std::int64_t first, levels, channels, step;

    std::int64_t size() const { return levels * channels; }

    // Calls visit(row, channel within the group).
    template <typename Visit>
    void each(Visit visit) const {
        for (std::int64_t level = 0; level < levels; ++level)
            for (std::int64_t channel = 0; channel < channels; ++channel) visit(first + level * step + channel, channel);
    }
};

// Calls visit(group, its number, its first channel).
template <typename Visit>
void each_group(const Operation& operation, std::int64_t channels, Visit visit) {
    const Geometry& geometry = operation.geometry;
    const std::int64_t width = channels / geometry.groups, outer = geometry.by_level ? geometry.levels : 1;
    for (std::int64_t level = 0; level < outer; ++level)
        for (std::int64_t group = 0; group < geometry.groups; ++group)
            visit(Group{level * channels + group * width, geometry.by_level ? 1 : geometry.levels, width, channels},
                  level * geometry.groups + group, group * width);
}

std::int64_t channels_of(const Operation& operation, const Layout& layout) {
    return layout.plan().constant(operation.scale).rows;
}

// Coefficients: n of every row, the slope of the activation of every row (if there is one), 1 / s of every group.
template <typename Numbers>
struct Coefficients {
    Coefficients(Numbers* data, const Operation& operation, std::int64_t rows, std::int64_t stride_)
        : deviations(data), stride(stride_) {
        slopes = operation.function.op == Unary::identity ? nullptr : data + rows * stride;
        inverses = data + (slopes ? 2 : 1) * rows * stride;
    }
    Numbers* deviations;
    Numbers* slopes;
    Numbers* inverses;
    std::int64_t stride;
};

void mean_and_inverse(const Frame<double>& frame, const Operation& operation, const Group& group, double* mean, double* inverse) {
    const std::int64_t columns = frame.padded();
    const double share = 1.0 / static_cast<double>(group.size());
    std::fill_n(mean, columns, 0.0);
    std::fill_n(inverse, columns, 0.0);
    group.each([&](std::int64_t row, std::int64_t) { add_row(frame.row(operation.in[0], row), mean, columns); });
    for (std::int64_t column = 0; column < columns; ++column) mean[column] *= share;
    group.each([&](std::int64_t row, std::int64_t) {
        const double* const x = frame.row(operation.in[0], row);
        for (std::int64_t column = 0; column < columns; ++column)
            inverse[column] += (x[column] - mean[column]) * (x[column] - mean[column]);
    });
    for (std::int64_t column = 0; column < columns; ++column)
        inverse[column] = 1.0 / std::sqrt(inverse[column] * share + operation.geometry.epsilon);
}

template <typename Real>
void linearize_normalize(const Frame<double>& frame, const Step& step, Real* data) {
    const Operation& operation = step.operation;
    const Coefficients<Real> to(data, operation, frame.rows(operation.out), frame.stride);
    const auto* scale = frame.layout.plan().constant(operation.scale).as<float>();
    const auto* shift = frame.layout.plan().constant(operation.shift).as<float>();
    double *const mean = frame.scratch_row(0), *const inverse = frame.scratch_row(1), *const work = frame.scratch_row(2);
    const std::int64_t columns = frame.padded(), stride = frame.stride;
    each_group(operation, channels_of(operation, frame.layout), [&](const Group& group, std::int64_t number, std::int64_t first) {
        mean_and_inverse(frame, operation, group, mean, inverse);
        keep(inverse, to.inverses + number * stride, columns);
        group.each([&](std::int64_t row, std::int64_t channel) {
            const double* const x = frame.row(operation.in[0], row);
            double* const out = frame.row(operation.out, row);
            for (std::int64_t column = 0; column < columns; ++column) work[column] = (x[column] - mean[column]) * inverse[column];
            keep(work, to.deviations + row * stride, columns);
            const double factor = static_cast<double>(scale[first + channel]), offset = static_cast<double>(shift[first + channel]);
            for (std::int64_t column = 0; column < columns; ++column) out[column] = work[column] * factor + offset;
        });
    });
    for (std::int64_t row = 0; to.slopes != nullptr && row < frame.rows(operation.out); ++row) {
        double* const out = frame.row(operation.out, row);
        copy_row(out, mean, columns);
        linearize_function(operation.function, frame.functions(), mean, out, work, columns);
        keep(work, to.slopes + row * stride, columns);
    }
}

// The two means of a group's rows `from`: of the rows, and of their products with n.
template <typename Real>
void means(const Frame<Real>& frame, const Group& group, const Real* from, const Real* deviations, Real* plain, Real* weighted) {
    const Real share = Real(1) / static_cast<Real>(group.size());
    std::fill_n(plain, frame.padded(), Real(0));
    std::fill_n(weighted, frame.padded(), Real(0));
    group.each([&](std::int64_t row, std::int64_t) {
        add_row(from + row * frame.stride, plain, frame.padded());
        add_product(deviations + row * frame.stride, from + row * frame.stride, weighted, frame.padded());
    });
    for (std::int64_t column = 0; column < frame.padded(); ++column) {
        plain[column] *= share;
        weighted[column] *= share;
    }
}

// to = (or +=) the projection of `from`.
template <typename Real>
void project(const Frame<Real>& frame, const Operation& operation, const Coefficients<const Real>& given, const Real* from, Real* to,
             bool add) {
    Real *const plain = frame.scratch_row(0), *const weighted = frame.scratch_row(1);
    each_group(operation, channels_of(operation, frame.layout), [&](const Group& group, std::int64_t number, std::int64_t) {
        means(frame, group, from, given.deviations, plain, weighted);
        const Real* const inverse = given.inverses + number * frame.stride;
        group.each([&](std::int64_t row, std::int64_t) {
            const Real* const deviation = given.deviations + row * frame.stride;
            const Real* const x = from + row * frame.stride;
            Real* const made = to + row * frame.stride;
            for (std::int64_t column = 0; column < frame.padded(); ++column) {
                const Real one = inverse[column] * (x[column] - plain[column] - deviation[column] * weighted[column]);
                made[column] = add ? made[column] + one : one;
            }
        });
    });
}

// Multiplies the rows of the result by scale and slope.
template <typename Real>
void scale_rows(const Frame<Real>& frame, const Operation& operation, const Coefficients<const Real>& given) {
    const Constant& scale = frame.layout.plan().constant(operation.scale);
    for (std::int64_t row = 0; row < frame.rows(operation.out); ++row) {
        Real* const to = frame.row(operation.out, row);
        const Real factor = static_cast<Real>(scale.as<float>()[row % scale.rows]);
        for (std::int64_t column = 0; column < frame.padded(); ++column) to[column] *= factor;
        if (given.slopes != nullptr) multiply_row(given.slopes + row * frame.stride, to, frame.padded());
    }
}

template <typename Real>
void tangent_normalize(const Frame<Real>& frame, const Step& step, const Real* data) {
    const Operation& operation = step.operation;
    const Coefficients<const Real> given(data, operation, frame.rows(operation.out), frame.stride);
    project(frame, operation, given, frame.row(operation.in[0]), frame.row(operation.out), false);
    scale_rows(frame, operation, given);
}

template <typename Real>
void adjoint_normalize(const Frame<Real>& frame, const Step& step, const Real* data) {
    const Operation& operation = step.operation;
    const Coefficients<const Real> given(data, operation, frame.rows(operation.out), frame.stride);
    scale_rows(frame, operation, given);
    project(frame, operation, given, frame.row(operation.out), frame.sum(operation.in[0]), true);
}

}  // namespace

template <typename Real>
Rule<Real> normalize_rule() {
    return {linearize_normalize<Real>, tangent_normalize<Real>, adjoint_normalize<Real>};
}

template Rule<float> normalize_rule<float>();
template Rule<double> normalize_rule<double>();

}  // namespace paramnet::native

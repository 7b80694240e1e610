#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {

std::int64_t rows_made(const Operation& operation, const Plan& plan) { return plan.value(operation.out).rows; }

Sizes sizes_of(const Operation& operation, const Plan& plan, std::size_t position) {
    const Geometry& geometry = operation.geometry;
    const bool bends = operation.function.op != Unary::identity;
    switch (operation.kind) {
        case Kind::input:
        case Kind::output:
        case Kind::cast:
        case Kind::rows:
        case Kind::concatenate:
        case Kind::sum:
        case Kind::cumulative_sum: return {};
        case Kind::unary: return {rows_made(operation, plan), 1};
        case Kind::binary: return {binary_coefficients(operation, plan), 4};
        case Kind::dense: return {bends ? rows_made(operation, plan) : 0, 2};
        case Kind::convolution: return {bends ? rows_made(operation, plan) : 0, 2 + plan.layers(position)[0].inputs};
        case Kind::normalize: {
            const std::int64_t groups = geometry.groups * (geometry.by_level ? geometry.levels : 1);
            return {rows_made(operation, plan) * (bends ? 2 : 1) + groups, 3};
        }
        case Kind::attention:
            return {3 * rows_made(operation, plan) + geometry.groups * geometry.levels * geometry.levels, geometry.levels + 1};
        case Kind::lstm: return {6 * rows_made(operation, plan), 7 * plan.layers(position)[1].inputs};
    }
    return {};
}

template <typename Real>
Rule<Real> rule_of(Kind kind) {
    switch (kind) {
        case Kind::input:
        case Kind::output: return {};
        case Kind::cast: return cast_rule<Real>();
        case Kind::rows:
        case Kind::concatenate: return rows_rule<Real>();
        case Kind::sum: return sum_rule<Real>();
        case Kind::cumulative_sum: return cumulative_sum_rule<Real>();
        case Kind::unary: return unary_rule<Real>();
        case Kind::binary: return binary_rule<Real>();
        case Kind::dense: return dense_rule<Real>();
        case Kind::convolution: return convolution_rule<Real>();
        case Kind::normalize: return normalize_rule<Real>();
        case Kind::attention: return attention_rule<Real>();
        case Kind::lstm: return lstm_rule<Real>();
    }
    return {};
}

template Rule<float> rule_of<float>(Kind kind);
template Rule<double> rule_of<double>(Kind kind);

}  // namespace paramnet::native

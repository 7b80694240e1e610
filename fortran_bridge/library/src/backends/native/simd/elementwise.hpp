// Every operation except dense on matrices, a vector at a time.  Blocks are padded to full vectors, so there are no
// remaining columns for scalar code.
#pragma once

#include "../kernels.hpp"
#include "error_function.hpp"
#include "exponential.hpp"
#include "logarithm.hpp"
#include "trigonometric.hpp"

namespace paramnet::native {
namespace {

template <typename Real, typename Map>
inline void map(Map function, Rows<const Real> in, Rows<Real> out, Extent extent) {
    for (std::int64_t row = 0; row < extent.rows; ++row) {
        const Real* from = in.data + row * in.stride;
        Real* to = out.data + row * out.stride;
        for (std::int64_t column = 0; column < extent.columns; column += lanes<Real>)
            store(to + column, function(load(from + column)));
    }
}

// float32 by a float64 function: rounded once, hence accurate to half a unit in the last place.
template <typename Map>
inline void map_widened(Map function, Rows<const float> in, Rows<float> out, Extent extent) {
    for (std::int64_t row = 0; row < extent.rows; ++row) {
        const float* from = in.data + row * in.stride;
        float* to = out.data + row * out.stride;
        for (std::int64_t column = 0; column < extent.columns; column += lanes<double>)
            store_narrowed(to + column, function(load_widened(from + column)));
    }
}

template <typename Real, typename Map>
inline void map_in_float64(Map function, Rows<const Real> in, Rows<Real> out, Extent extent) {
    if constexpr (sizeof(Real) == sizeof(float))
        map_widened(function, in, out, extent);
    else
        map<Real>(function, in, out, extent);
}

template <typename Real>
inline typename Vector<Real>::V relu(typename Vector<Real>::V x) {
    return larger(typename Vector<Real>::V{}, x);
}

// By the sign bit, on the integer units: leaves the multipliers free.
template <typename V, typename Real>
inline V leaky_relu(V x, Real slope) {
    return (typename Vector<Real>::I)x < 0 ? x * slope : x;
}

template <typename Real>
void clamp(const Function& function, Rows<const Real> in, Rows<Real> out, Extent extent) {
    const Real lower = function.has_lower ? static_cast<Real>(function.lower) : Real(-infinity);
    const Real upper = function.has_upper ? static_cast<Real>(function.upper) : Real(infinity);
    map<Real>([=](auto x) {
        return smaller(broadcast<Real>(upper), larger(broadcast<Real>(lower), x));
    }, in, out, extent);
}

template <typename Real>
void unary(const Function& function, Rows<const Real> in, Rows<Real> out, Extent extent) {
    using V = typename Vector<Real>::V;
    const Real slope = static_cast<Real>(function.slope);
    switch (function.op) {
        case Unary::negate: return map<Real>([](V x) { return -x; }, in, out, extent);
        case Unary::absolute: return map<Real>([](V x) { return absolute<Real>(x); }, in, out, extent);
        case Unary::sign:
            return map<Real>([](V x) {
                const V size = x > Real(0) ? broadcast<Real>(1) : x;
                return x < Real(0) ? broadcast<Real>(-1) : size;
            }, in, out, extent);
        case Unary::exp: return map<Real>([](V x) { return exp<Real>(x); }, in, out, extent);
        case Unary::expm1: return map_in_float64<Real>([](D x) { return expm1<double>(x); }, in, out, extent);
        case Unary::log: return map_in_float64<Real>([](D x) { return log(x); }, in, out, extent);
        case Unary::log1p: return map_in_float64<Real>([](D x) { return log1p(x); }, in, out, extent);
        case Unary::sqrt: return map<Real>([](V x) { return square_root(x); }, in, out, extent);
        case Unary::tanh: return map<Real>([](V x) { return tanh<Real>(x); }, in, out, extent);
        case Unary::sigmoid: return map<Real>([](V x) { return sigmoid<Real>(x); }, in, out, extent);
        case Unary::relu: return map<Real>([](V x) { return relu<Real>(x); }, in, out, extent);
        case Unary::silu: return map<Real>([](V x) { return silu<Real>(x); }, in, out, extent);
        case Unary::gelu: return map<Real>([](V x) { return gelu<Real>(x); }, in, out, extent);
        case Unary::gelu_tanh: return map<Real>([](V x) { return gelu_tanh<Real>(x); }, in, out, extent);
        case Unary::leaky_relu: return map<Real>([=](V x) { return leaky_relu(x, slope); }, in, out, extent);
        case Unary::clamp: return clamp(function, in, out, extent);
        case Unary::sin: return map_in_float64<Real>([](D x) { return sine(x); }, in, out, extent);
        case Unary::cos: return map_in_float64<Real>([](D x) { return cosine(x); }, in, out, extent);
        case Unary::identity: return map<Real>([](V x) { return x; }, in, out, extent);
    }
}

template <typename Real, typename Combine>
inline void combine(Combine function, Operand<Real> a, Operand<Real> b, Rows<Real> out, Extent extent) {
    using V = typename Vector<Real>::V;
    for (std::int64_t row = 0; row < extent.rows; ++row) {
        const Real* left = a.data + row * a.stride;
        const Real* right = b.data + row * b.stride;
        Real* to = out.data + row * out.stride;
        for (std::int64_t column = 0; column < extent.columns; column += lanes<Real>) {
            const V x = a.constant ? broadcast(*left) : load(left + column);
            const V y = b.constant ? broadcast(*right) : load(right + column);
            store(to + column, function(x, y));
        }
    }
}

template <typename Real>
void power(Operand<Real> a, Operand<Real> b, Rows<Real> out, Extent extent) {
    if constexpr (sizeof(Real) == sizeof(double)) {
        combine<Real>([](D x, D y) { return pow(x, y); }, a, b, out, extent);
    } else {
        for (std::int64_t row = 0; row < extent.rows; ++row) {
            const float* left = a.data + row * a.stride;
            const float* right = b.data + row * b.stride;
            for (std::int64_t column = 0; column < extent.columns; column += lanes<double>) {
                const D x = a.constant ? broadcast<double>(*left) : load_widened(left + column);
                const D y = b.constant ? broadcast<double>(*right) : load_widened(right + column);
                store_narrowed(out.data + row * out.stride + column, pow(x, y));
            }
        }
    }
}

template <typename Real>
void binary(Binary op, Operand<Real> a, Operand<Real> b, Rows<Real> out, Extent extent) {
    using V = typename Vector<Real>::V;
    switch (op) {
        case Binary::add: return combine<Real>([](V x, V y) { return x + y; }, a, b, out, extent);
        case Binary::subtract: return combine<Real>([](V x, V y) { return x - y; }, a, b, out, extent);
        case Binary::multiply: return combine<Real>([](V x, V y) { return x * y; }, a, b, out, extent);
        case Binary::divide: return combine<Real>([](V x, V y) { return x / y; }, a, b, out, extent);
        case Binary::minimum:  // NaN in either makes NaN
            return combine<Real>([](V x, V y) { const V z = x >= y ? y : x + y; return x < y ? x : z; }, a, b, out, extent);
        case Binary::maximum:
            return combine<Real>([](V x, V y) { const V z = x <= y ? y : x + y; return x > y ? x : z; }, a, b, out, extent);
        case Binary::power: return power(a, b, out, extent);
    }
}

template <typename Real>
void sum(Rows<const Real> in, Real* out, Extent extent) {
    for (std::int64_t column = 0; column < extent.columns; column += lanes<Real>) {
        auto total = load(in.data + column);
        for (std::int64_t row = 1; row < extent.rows; ++row) total += load(in.data + row * in.stride + column);
        store(out + column, total);
    }
}

template <typename Real>
void cumulative_sum(Rows<const Real> in, Rows<Real> out, Extent extent) {
    for (std::int64_t column = 0; column < extent.columns; column += lanes<Real>) {
        typename Vector<Real>::V total = load(in.data + column);
        store(out.data + column, total);
        for (std::int64_t row = 1; row < extent.rows; ++row) {
            total += load(in.data + row * in.stride + column);
            store(out.data + row * out.stride + column, total);
        }
    }
}

inline void widen(Rows<const float> in, Rows<double> out, Extent extent) {
    for (std::int64_t row = 0; row < extent.rows; ++row)
        for (std::int64_t column = 0; column < extent.columns; column += lanes<double>)
            store(out.data + row * out.stride + column, load_widened(in.data + row * in.stride + column));
}

inline void narrow(Rows<const double> in, Rows<float> out, Extent extent) {
    for (std::int64_t row = 0; row < extent.rows; ++row)
        for (std::int64_t column = 0; column < extent.columns; column += lanes<double>)
            store_narrowed(out.data + row * out.stride + column, load(in.data + row * in.stride + column));
}

}  // namespace
}  // namespace paramnet::native

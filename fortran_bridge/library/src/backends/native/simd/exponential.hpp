// exp and its relatives, the same bits in every lane.  Each works on x = n ln 2 + r, |r| <= ln 2 / 2.
#pragma once

#include "coefficients.hpp"
#include "vector.hpp"

namespace paramnet::native {
namespace {

template <typename Real>
struct ExponentialNumbers;

template <>
struct ExponentialNumbers<float> {
    static constexpr float log2_e = 0x1.715476p+0f, shifter = 0x1.8p+23f;
    static constexpr float ln2_high = 0x1.63p-1f, ln2_low = -0x1.bd0106p-13f;  // n * ln2_high is exact
    static constexpr float lowest = -105.0f, highest = 89.0f;                  // beyond: 0 and infinity
    static constexpr float expm1_limit = 20.0f, tanh_limit = 10.0f;            // beyond: the limit, rounded
};

template <>
struct ExponentialNumbers<double> {
    static constexpr double log2_e = 0x1.71547652b82fep+0, shifter = 0x1.8p+52;
    static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    static constexpr double lowest = -747.0, highest = 711.0;
    static constexpr double expm1_limit = 40.0, tanh_limit = 20.0;
};

template <typename V, typename Real>
inline V limited(V x, Real lowest, Real highest) {  // NaN stays NaN
    return smaller(highest - V{}, larger(lowest - V{}, x));
}

template <typename Real>
inline typename Vector<Real>::V absolute(typename Vector<Real>::V x) {
    using U = typename Vector<Real>::U;
    return (typename Vector<Real>::V)((U)x & (~U{} >> 1));
}

// -|x|
template <typename Real>
inline typename Vector<Real>::V negative(typename Vector<Real>::V x) {
    using U = typename Vector<Real>::U;
    return (typename Vector<Real>::V)((U)x | ~(~U{} >> 1));
}

template <typename Real>
inline typename Vector<Real>::V with_sign_of(typename Vector<Real>::V magnitude, typename Vector<Real>::V sign) {
    using U = typename Vector<Real>::U;
    const U bit = ~(~U{} >> 1);
    return (typename Vector<Real>::V)(((U)magnitude & ~bit) | ((U)sign & bit));
}

template <typename Real>
struct Exponential {
    using W = Vector<Real>;
    using V = typename W::V;
    using U = typename W::U;
    using N = ExponentialNumbers<Real>;

    V expm1;  // exp(r) - 1
    U n;      // in two's complement
    V whole;  // n

    // |x| small enough that n fits; `beyond` is added to r: the digits of x beyond its precision.
    static Exponential of(V x, V beyond) {
        return of(x, [=](V r) { return r + beyond; });
    }
    static Exponential of(V x) {
        return of(x, [](V r) { return r; });
    }

    template <typename Correct>
    static Exponential of(V x, Correct correct) {
        const V shifted = fma(x, broadcast<Real>(N::log2_e), broadcast<Real>(N::shifter));
        const V whole = shifted - N::shifter;
        V r = fma(whole, broadcast<Real>(-N::ln2_high), x);
        r = correct(fma(whole, broadcast<Real>(-N::ln2_low), r));
        const V series = polynomial(r, Coefficients<Real>::exponential);
        return {fma(r * r, series, r), (U)shifted - (U)broadcast<Real>(N::shifter), whole};
    }

    // 2^n for n within the exponents of normal numbers.
    static V power_of_two(U n) { return (V)((n + (U{} + W::bias)) << W::mantissa); }

    // exp(r) 2^n; with multiplications in two steps, because 2^n alone may overflow or be subnormal.  The same bits either way.
    V value() const {
        if constexpr (scales) {
            return scaled(expm1 + Real(1), whole);
        } else {
            const U half = ((n + (U{} + 2048)) >> 1) - (U{} + 1024);
            return (expm1 + Real(1)) * power_of_two(half) * power_of_two(n - half);
        }
    }
};

template <typename Real>
inline typename Vector<Real>::V exp(typename Vector<Real>::V x) {
    using N = ExponentialNumbers<Real>;
    return Exponential<Real>::of(limited(x, N::lowest, N::highest)).value();
}

// exp(x) - 1 for x within +-expm1_limit.
template <typename Real>
inline typename Vector<Real>::V expm1_near(typename Vector<Real>::V x) {
    const auto parts = Exponential<Real>::of(x);
    const auto scale = Exponential<Real>::power_of_two(parts.n);
    return fma(scale, parts.expm1, scale - Real(1));
}

template <typename Real>
inline typename Vector<Real>::V expm1(typename Vector<Real>::V x) {
    constexpr Real limit = ExponentialNumbers<Real>::expm1_limit;
    return x > limit ? exp<Real>(x) : expm1_near<Real>(limited(x, -limit, limit));
}

template <typename Real>
inline typename Vector<Real>::V tanh(typename Vector<Real>::V x) {
    const auto magnitude = absolute<Real>(x);
    constexpr Real limit = ExponentialNumbers<Real>::tanh_limit;
    const auto grown = expm1_near<Real>(smaller(broadcast<Real>(limit), magnitude) * Real(2));
    return with_sign_of<Real>(grown / (grown + Real(2)), x);
}

// 1 / (1 + exp(-x)), without losing the digits of small results.
template <typename Real>
inline typename Vector<Real>::V sigmoid(typename Vector<Real>::V x) {
    const auto least = broadcast<Real>(ExponentialNumbers<Real>::lowest);
    const auto decayed = Exponential<Real>::of(larger(least, negative<Real>(x))).value();
    const auto one = broadcast<Real>(1);
    return (x < Real(0) ? decayed : one) / (one + decayed);
}

template <typename Real>
inline typename Vector<Real>::V silu(typename Vector<Real>::V x) {
    return x * sigmoid<Real>(x);
}

// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, written as x sigmoid(2 ...).
template <typename Real>
inline typename Vector<Real>::V gelu_tanh(typename Vector<Real>::V x) {
    constexpr Real factor = Real(1.5957691216057307), cubic = Real(0.044715 * 1.5957691216057307);
    return x * sigmoid<Real>(x * fma(x * x, broadcast<Real>(cubic), broadcast<Real>(factor)));
}

}  // namespace
}  // namespace paramnet::native

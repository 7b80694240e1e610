// gelu with the error function: x Phi(x).
#pragma once

#include "exponential.hpp"

namespace paramnet::native {
namespace {

// Phi(-a), a >= 0, is (1 - erf(a / sqrt 2)) / 2: a polynomial in a^2 near zero, exp(-a^2 / 2) times another beyond, so
// that the tail keeps its digits.
template <typename Real>
inline typename Vector<Real>::V lower_tail(typename Vector<Real>::V a) {
    constexpr Real inverse_root_2 = Real(0.70710678118654752440);
    const auto z = a * inverse_root_2;
    const auto near = Real(0.5) - (Real(0.5) * z) * polynomial(z * z, Coefficients<Real>::error_small);
    const auto t = Real(1) / (z + Real(2));
    const auto series = t * polynomial(t, Coefficients<Real>::error_tail);
    const auto far = Real(0.5) * exp<Real>(Real(-0.5) * (a * a)) * series;
    return z < Real(1) ? near : far;
}

template <typename Real>
inline typename Vector<Real>::V gelu(typename Vector<Real>::V x) {
    const auto tail = lower_tail<Real>(absolute<Real>(x));
    return x * (x < Real(0) ? tail : Real(1) - tail);
}

}  // namespace
}  // namespace paramnet::native

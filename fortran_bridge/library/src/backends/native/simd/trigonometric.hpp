// Sine and cosine: x = n pi / 2 + r, |r| <= pi / 4, in float64.
#pragma once

#include "exponential.hpp"

extern "C" {
double sin(double) noexcept;
double cos(double) noexcept;
}

namespace paramnet::native {
namespace {

constexpr double reduced_limit = 1e6;  // beyond, n pi / 2 is not exact enough: rare, left to the C library

struct Reduced {
    D remainder;
    Vector<double>::I quadrant;  // n in two's complement
};

// pi / 2 in three parts: products of n with the first two are exact.
inline Reduced reduced(D x) {
    constexpr double two_over_pi = 0x1.45f306dc9c883p-1, shifter = 0x1.8p+52;
    constexpr double high = 0x1.921fb54400000p+0, middle = 0x1.0b4611a600000p-34, low = 0x1.3198a2e037073p-69;
    const D shifted = fma(x, broadcast(two_over_pi), broadcast(shifter));
    const D n = shifted - shifter;
    const D r = (x - n * high) - n * middle;
    return {r - n * low, (Vector<double>::I)shifted};
}

// sin(x + quadrants pi / 2)
inline D sine_of(D x, std::int64_t quadrants) {
    const auto [r, n] = reduced(x);
    const auto quadrant = n + quadrants;
    const D z = r * r;
    const D odd = fma(z * z, polynomial(z, Coefficients<double>::cosine), fma(z, broadcast(-0.5), broadcast(1.0)));
    const D even = fma(z * r, polynomial(z, Coefficients<double>::sine), r);
    const D size = (quadrant & 1) != 0 ? odd : even;
    return (quadrant & 2) != 0 ? -size : size;
}

template <double (*exact)(double)>
inline D with_large(D x, D result) {
    for (std::int64_t lane = 0; lane < lanes<double>; ++lane)
        if (!(x[lane] <= reduced_limit && x[lane] >= -reduced_limit)) result[lane] = exact(x[lane]);
    return result;
}

inline bool any_large(D x) {
    bool any = false;
    const D size = absolute<double>(x);
    for (std::int64_t lane = 0; lane < lanes<double>; ++lane) any = any || !(size[lane] <= reduced_limit);
    return any;
}

inline D sine(D x) {
    const D result = sine_of(x, 0);
    return any_large(x) ? with_large<::sin>(x, result) : result;
}

inline D cosine(D x) {
    const D result = sine_of(x, 1);
    return any_large(x) ? with_large<::cos>(x, result) : result;
}

}  // namespace
}  // namespace paramnet::native

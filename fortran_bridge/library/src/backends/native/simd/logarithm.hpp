// log, log1p and pow in float64; float32 uses them too, since these functions are rare in networks.
#pragma once

#include "coefficients.hpp"
#include "exponential.hpp"
#include "vector.hpp"

namespace paramnet::native {
namespace {

using Bits = Vector<double>::U;

constexpr double not_a_number = __builtin_nan("");
constexpr double infinity = __builtin_inf();
constexpr double ln2_high = ExponentialNumbers<double>::ln2_high, ln2_low = ExponentialNumbers<double>::ln2_low;

// x = (1 + f) 2^k with 1 + f within [sqrt(1/2), sqrt(2)); x positive, finite, perhaps subnormal.
struct Logarithm {
    D f;
    D k;

    static Logarithm of(D x) {
        const auto tiny = x < 0x1p-1022;
        x = tiny ? x * 0x1p54 : x;
        constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
        const Bits shifted = (Bits)x + (Bits{} + (one - root_half));
        const Bits exponent = (shifted >> 52) + (Bits)(0x1.8p52 - D{});  // to double by its own bits
        const D k = ((D)exponent - 0x1.8p52) - (tiny ? D{} + (1023.0 + 54.0) : D{} + 1023.0);
        const D mantissa = (D)((shifted & (Bits{} + 0x000fffffffffffff)) + (Bits{} + root_half));
        return {mantissa - 1.0, k};
    }

    // With s = f / (2 + f): log(1 + f) = 2 atanh s = f - f^2/2 + s (f^2/2 + s^2 P(s^2)).
    D value(D beyond) const {
        const D s = f / (2.0 + f), z = s * s, half_square = 0.5 * (f * f);
        const D rest = z * polynomial(z, Coefficients<double>::logarithm);
        const D low = fma(s, half_square + rest, fma(k, D{} + ln2_low, beyond));
        return k * ln2_high - ((half_square - low) - f);
    }
};

inline D log(D x) {
    D result = Logarithm::of(x).value(D{});
    result = x == infinity ? x : result;
    result = x == 0.0 ? D{} - infinity : result;
    return x >= 0.0 ? result : (x < 0.0 ? D{} + not_a_number : x);
}

// log(u) for the rounded u = 1 + x, corrected for the rounding error.
inline D log1p(D x) {
    const D u = 1.0 + x;
    const D lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    D result = Logarithm::of(u).value(lost / u);
    result = x == infinity ? x : result;
    result = x == -1.0 ? D{} - infinity : result;
    result = x == 0.0 ? x : result;
    return x >= -1.0 ? result : (x < -1.0 ? D{} + not_a_number : x);
}

// The rounding error of a * b.
inline D product_error(D a, D b, D product) {
    if constexpr (fused) {
        return fma(a, b, -product);
    } else {  // Dekker: halves of 26 bits multiply exactly
        const D a_scaled = a * 134217729.0, b_scaled = b * 134217729.0;
        const D a_high = a_scaled - (a_scaled - a), b_high = b_scaled - (b_scaled - b);
        const D a_low = a - a_high, b_low = b - b_high;
        return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    }
}

struct Pair {
    D high, low;
};

// log(x) to about 100 bits, because pow multiplies its error by up to 1000.
inline Pair logarithm_pair(D x) {
    const Logarithm parts = Logarithm::of(x);
    const D f = parts.f, k = parts.k;
    const D d = 2.0 + f, d_low = f - (d - 2.0);
    const D s = f / d;
    const D product = s * d;
    const D s_low = (((f - product) - product_error(s, d, product)) - s * d_low) / d;
    const D z = s * s, z_low = product_error(s, s, z) + 2.0 * s * s_low;
    const D cube = z * s, cube_low = product_error(z, s, cube) + (z_low * s + z * s_low);
    constexpr double two_thirds = 2.0 / 3.0, two_thirds_low = 0x1.5555555555555p-55;
    const D third = cube * two_thirds;
    const D third_low = product_error(cube, D{} + two_thirds, third) + (cube_low * two_thirds + cube * two_thirds_low);
    const D tail = cube * z * polynomial(z, Coefficients<double>::logarithm_beyond);
    const D sum = 2.0 * s + third;
    const D sum_low = ((2.0 * s - sum) + third) + (2.0 * s_low + (third_low + tail));
    const D whole = k * ln2_high;
    const D high = whole + sum;
    const D low = ((whole - high) + sum) + (sum_low + k * ln2_low);
    return {high + low, (high - (high + low)) + low};
}

// x^y for x > 0, finite; y finite.
inline D positive_power(D x, D y) {
    const Pair logarithm = logarithm_pair(x);
    const D high = y * logarithm.high;
    const D low = product_error(y, logarithm.high, high) + y * logarithm.low;
    const auto far = absolute<double>(high) > 1000.0;  // zero or infinity; the low part may be NaN by overflow
    return Exponential<double>::of(limited(high, -1000.0, 1000.0), far ? D{} : low).value();
}

inline D whole_part(D x) {  // x itself from 2^52 on
    const D magnitude = absolute<double>(x);
    D rounded = (magnitude + 0x1p52) - 0x1p52;
    rounded = rounded > magnitude ? rounded - 1.0 : rounded;
    return magnitude < 0x1p52 ? with_sign_of<double>(rounded, x) : x;
}

inline D pow(D x, D y) {
    const D magnitude = absolute<double>(x), steepness = absolute<double>(y);
    D result = positive_power(magnitude, y);
    const auto vanishes = magnitude < 1.0 ? y > 0.0 : y < 0.0;  // where x or y is an extreme: 0, else infinity
    const auto extreme = (magnitude == 0.0) | (magnitude == infinity) | (steepness == infinity);
    result = extreme ? (vanishes ? D{} : D{} + infinity) : result;
    result = (extreme & (magnitude == 1.0)) ? D{} + 1.0 : result;
    const auto whole = whole_part(y) == y;
    const auto odd = whole & (whole_part(0.5 * y) != 0.5 * y);
    const auto negative = (Vector<double>::I)x < 0;
    result = (negative & odd) ? -result : result;
    result = ((x < 0.0) & (magnitude != infinity) & ~whole) ? D{} + not_a_number : result;
    result = ((x != x) | (y != y)) ? x + y : result;
    return ((y == 0.0) | (x == 1.0)) ? D{} + 1.0 : result;
}

}  // namespace
}  // namespace paramnet::native

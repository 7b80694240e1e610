// Vectors of PARAMNET_VECTOR_BYTES bytes and the few operations that the compiler's own vector types lack.
// Everything under simd/ has internal linkage and uses no function of the standard library: a function shared between
// sources compiled for different instruction sets would be merged by the linker, and crash on the older processor.
#pragma once

#include <cstddef>
#include <cstdint>
#if PARAMNET_VECTOR_BYTES > 16
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace paramnet::native {
namespace {

template <typename Real>
struct Vector;

template <>
struct Vector<float> {
    using Real = float;
    typedef float V __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef std::int32_t I __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef std::uint32_t U __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef float Memory __attribute__((vector_size(PARAMNET_VECTOR_BYTES), aligned(4), may_alias));
    static constexpr int mantissa = 23, bias = 127;
};

template <>
struct Vector<double> {
    using Real = double;
    typedef double V __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef std::int64_t I __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef std::uint64_t U __attribute__((vector_size(PARAMNET_VECTOR_BYTES)));
    typedef double Memory __attribute__((vector_size(PARAMNET_VECTOR_BYTES), aligned(8), may_alias));
    static constexpr int mantissa = 52, bias = 1023;
};

#if PARAMNET_VECTOR_BYTES == 64 || defined(__aarch64__)
constexpr int registers = 32;  // for vectors
#else
constexpr int registers = 16;
#endif

template <typename Real>
constexpr std::int64_t lanes = PARAMNET_VECTOR_BYTES / static_cast<std::int64_t>(sizeof(Real));

using F = Vector<float>::V;
using D = Vector<double>::V;
typedef float HalfF __attribute__((vector_size(PARAMNET_VECTOR_BYTES / 2)));  // as many floats as a D has doubles
typedef float HalfMemory __attribute__((vector_size(PARAMNET_VECTOR_BYTES / 2), aligned(4), may_alias));
#if PARAMNET_VECTOR_BYTES > 16
typedef float Panel __attribute__((vector_size(32)));  // the 8 outputs of a panel
typedef float PanelMemory __attribute__((vector_size(32), aligned(4), may_alias));
#else
struct Panel {  // compilers keep vectors that are longer than a register in memory
    F low, high;
};
#endif

template <typename Real>
inline typename Vector<Real>::V load(const Real* from) {
    return *reinterpret_cast<const typename Vector<Real>::Memory*>(from);
}

template <typename Real>
inline void store(Real* to, typename Vector<Real>::V value) {
    *reinterpret_cast<typename Vector<Real>::Memory*>(to) = value;
}

inline D load_widened(const float* from) {
    return __builtin_convertvector(static_cast<HalfF>(*reinterpret_cast<const HalfMemory*>(from)), D);
}

inline void store_narrowed(float* to, D value) {
    *reinterpret_cast<HalfMemory*>(to) = __builtin_convertvector(value, HalfF);
}

template <typename Real>
inline typename Vector<Real>::V broadcast(Real value) {
    return value - typename Vector<Real>::V{};  // minus, so that -0 stays -0
}

// A separate load for every register: copies between registers would compete with the multipliers.
inline F broadcast_anew(const float* from) {
#if PARAMNET_VECTOR_BYTES > 16
    F value;
    asm volatile("vbroadcastss %1, %0" : "=v"(value) : "m"(*from));
    return value;
#else
    return broadcast(*from);
#endif
}

// larger: a > b ? a : b; smaller: a < b ? a : b.  The second where either is NaN or both are zeros.
// scaled: x 2^n for integer n, rounded once, where the processor has an instruction for it.
#if PARAMNET_VECTOR_BYTES == 64
constexpr bool scales = true;
inline F larger(F a, F b) { return _mm512_maskz_max_ps(0xffff, a, b); }
inline D larger(D a, D b) { return _mm512_maskz_max_pd(0xff, a, b); }
inline F smaller(F a, F b) { return _mm512_maskz_min_ps(0xffff, a, b); }
inline D smaller(D a, D b) { return _mm512_maskz_min_pd(0xff, a, b); }
inline F scaled(F x, F n) { return _mm512_maskz_scalef_ps(0xffff, x, n); }
inline D scaled(D x, D n) { return _mm512_maskz_scalef_pd(0xff, x, n); }
#else
constexpr bool scales = false;
#if PARAMNET_VECTOR_BYTES == 32
inline F larger(F a, F b) { return _mm256_max_ps(a, b); }
inline D larger(D a, D b) { return _mm256_max_pd(a, b); }
inline F smaller(F a, F b) { return _mm256_min_ps(a, b); }
inline D smaller(D a, D b) { return _mm256_min_pd(a, b); }
#else
inline F larger(F a, F b) { return a > b ? a : b; }
inline D larger(D a, D b) { return a > b ? a : b; }
inline F smaller(F a, F b) { return a < b ? a : b; }
inline D smaller(D a, D b) { return a < b ? a : b; }
#endif
#endif

// a * b + c: rounded once on AVX2, AVX-512 and Arm, twice where the processor has no such instruction.
#if PARAMNET_VECTOR_BYTES == 64
constexpr bool fused = true;
inline F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
inline D fma(D a, D b, D c) { return _mm512_fmadd_pd(a, b, c); }
inline F square_root(F x) { return _mm512_maskz_sqrt_ps(0xffff, x); }
inline D square_root(D x) { return _mm512_maskz_sqrt_pd(0xff, x); }
inline Panel fma(Panel a, Panel b, Panel c) { return _mm256_fmadd_ps(a, b, c); }
#elif PARAMNET_VECTOR_BYTES == 32
constexpr bool fused = true;
inline F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
inline D fma(D a, D b, D c) { return _mm256_fmadd_pd(a, b, c); }
inline F square_root(F x) { return _mm256_sqrt_ps(x); }
inline D square_root(D x) { return _mm256_sqrt_pd(x); }
#elif defined(__aarch64__)
constexpr bool fused = true;
inline F fma(F a, F b, F c) { return (F)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
inline D fma(D a, D b, D c) { return (D)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
inline F square_root(F x) { return (F)vsqrtq_f32((float32x4_t)x); }
inline D square_root(D x) { return (D)vsqrtq_f64((float64x2_t)x); }
#else
constexpr bool fused = false;
inline F fma(F a, F b, F c) { return a * b + c; }
inline D fma(D a, D b, D c) { return a * b + c; }
inline F square_root(F x) { return F{__builtin_sqrtf(x[0]), __builtin_sqrtf(x[1]), __builtin_sqrtf(x[2]), __builtin_sqrtf(x[3])}; }
inline D square_root(D x) { return D{__builtin_sqrt(x[0]), __builtin_sqrt(x[1])}; }
#endif

#if PARAMNET_VECTOR_BYTES > 16
inline Panel load_panel(const float* from) { return *reinterpret_cast<const PanelMemory*>(from); }
inline void store_panel(float* to, Panel panel) { *reinterpret_cast<PanelMemory*>(to) = panel; }
inline Panel broadcast_panel(float value) { return value - Panel{}; }
inline Panel sum_of(Panel a, Panel b) { return a + b; }
#else
inline Panel load_panel(const float* from) { return {load(from), load(from + 4)}; }
inline void store_panel(float* to, Panel panel) { store(to, panel.low), store(to + 4, panel.high); }
inline Panel broadcast_panel(float value) { return {broadcast(value), broadcast(value)}; }
inline Panel sum_of(Panel a, Panel b) { return {a.low + b.low, a.high + b.high}; }
inline Panel fma(Panel a, Panel b, Panel c) { return {fma(a.low, b.low, c.low), fma(a.high, b.high, c.high)}; }
#endif

// Coefficients from the constant upwards, by Horner's rule; recursive because it must be unrolled completely.
template <std::size_t power = 0, typename V, typename Real, std::size_t count>
inline V polynomial(V x, const Real (&coefficients)[count]) {
    const V coefficient = coefficients[power] - V{};
    if constexpr (power + 1 == count)
        return coefficient;
    else
        return fma(polynomial<power + 1>(x, coefficients), x, coefficient);
}

}  // namespace
}  // namespace paramnet::native

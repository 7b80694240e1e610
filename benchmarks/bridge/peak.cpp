#include <immintrin.h>

#include "kernel.hpp"

namespace bench {
namespace {

constexpr int rounds = 100000;
constexpr int chains = 12;  // more than latency times throughput

}  // namespace

bool has_peak() { return __builtin_cpu_supports("avx512f"); }

double peak_operations() { return 2.0 * 16 * chains * rounds; }

void peak_call() {
    __m512 sums[chains];
    for (int chain = 0; chain < chains; ++chain) sums[chain] = _mm512_set1_ps(static_cast<float>(chain));
    const __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(1e-3f);
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int chain = 0; chain < chains; ++chain) sums[chain] = _mm512_fmadd_ps(sums[chain], factor, term);
    }
#pragma GCC unroll 12
    for (int chain = 0; chain < chains; ++chain) asm volatile("" : : "v"(sums[chain]));  // prevents removal of the loop
}

}  // namespace bench

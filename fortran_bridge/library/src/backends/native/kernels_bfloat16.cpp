// The dense layer on bfloat16 pairs, float32 sums, for processors with AVX512_BF16.
#define PARAMNET_VECTOR_BYTES 64
#include "simd/dense.hpp"

namespace paramnet::native {
namespace {

// sum += w[k] x[k] + w[k + 1] x[k + 1] in each column; 32 bits hold a pair.
struct PairProduct {
    static F add(F sum, const float* weights, F pairs) {
        const __m512i broadcast_pair = _mm512_set1_epi32(*reinterpret_cast<const PairBits*>(weights));
        return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(broadcast_pair), reinterpret_cast<__m512bh>(pairs));
    }
    typedef std::int32_t PairBits __attribute__((may_alias));
};

typedef std::uint32_t Words __attribute__((vector_size(64)));
typedef std::uint16_t Halves __attribute__((vector_size(32)));

inline Words rounded(const float* row) { return __builtin_convertvector((Halves)_mm512_cvtneps_pbh(load(row)), Words); }

// Rows 2 p and 2 p + 1 side by side, to the nearest bfloat16; a missing last row is zero.
void round_pairs(const Dense& dense, const DenseCall& call, std::int64_t columns) {
    auto* pairs = static_cast<float*>(call.scratch);
    for (std::int64_t k = 0; k < dense.inputs; k += 2) {
        const float* even = call.in + k * call.in_stride;
        float* to = pairs + k / 2 * columns;
        for (std::int64_t column = 0; column < columns; column += lanes<float>) {
            Words both = rounded(even + column);
            if (k + 1 < dense.inputs) both |= rounded(even + call.in_stride + column) << 16;
            store(to + column, (F)both);
        }
    }
}

}  // namespace

void dense_bfloat16(const Dense& dense, const DenseCall& call) {
    const std::int64_t columns = (call.columns + 15) / 16 * 16;
    round_pairs(dense, call, columns);
    dense_wide<PairProduct>(dense, call, {static_cast<const float*>(call.scratch), columns, (dense.inputs + 1) / 2});
}

}  // namespace paramnet::native

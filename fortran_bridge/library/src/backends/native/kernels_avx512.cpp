// For processors with AVX-512 F, VL, DQ and BW.
#define PARAMNET_VECTOR_BYTES 64
#include "simd/table.hpp"

namespace paramnet::native {

const Kernels& avx512_kernels() noexcept {
    static constexpr Kernels table = kernels_named("avx512");
    return table;
}

}  // namespace paramnet::native

// For processors with AVX2 and FMA; the same bits as AVX-512.
#define PARAMNET_VECTOR_BYTES 32
#include "simd/table.hpp"

namespace paramnet::native {

const Kernels& avx2_kernels() noexcept {
    static constexpr Kernels table = kernels_named("avx2");
    return table;
}

}  // namespace paramnet::native

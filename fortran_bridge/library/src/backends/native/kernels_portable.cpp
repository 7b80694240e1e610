// Vectors of 16 bytes, for any processor. Fused multiply-adds on Arm only, so last digits differ from other kernels elsewhere.
#define PARAMNET_VECTOR_BYTES 16
#include "simd/table.hpp"

namespace paramnet::native {

const Kernels& portable_kernels() noexcept {
    static constexpr Kernels table = kernels_named("portable");
    return table;
}

}  // namespace paramnet::native

// Plain C++ on vectors of 16 bytes, for any processor: no fused multiply-add, so last digits differ from other kernels.
#define PARAMNET_VECTOR_BYTES 16
#include "simd/table.hpp"

namespace paramnet::native {

const Kernels& portable_kernels() noexcept {
    static constexpr Kernels table = kernels_named("portable");
    return table;
}

}  // namespace paramnet::native

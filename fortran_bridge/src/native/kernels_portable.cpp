// Plain C++ on vectors of 16 bytes, for any processor: no fused multiply-add, so its last digits differ from the others'.
#define PARAMNET_VECTOR_BYTES 16
#include "simd/table.hpp"

namespace paramnet::native {

const Kernels& portable_kernels() noexcept {
    static constexpr Kernels table = kernels_named("portable");
    return table;
}

}  // namespace paramnet::native

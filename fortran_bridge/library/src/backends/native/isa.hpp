// Choice of the kernels for this processor.
#pragma once

#include "backends/native/kernels.hpp"

namespace paramnet::native {

// The best kernels for the processor, or those requested by the environment variable PARAMNET_ISA (avx512, avx2,
// portable).  Throws Error(PARAMNET_STATUS_INVALID_ARGUMENT) for another value or one that the processor lacks.
const Kernels& choose_kernels();

// nullptr where compiler or processor lack AVX512_BF16.
using DenseFunction = void (*)(const Dense&, const DenseCall&);
DenseFunction bfloat16_kernel();

}  // namespace paramnet::native

// Which kernels this processor runs.
#pragma once

#include "native/kernels.hpp"

namespace paramnet::native {

// The best the processor has, or what the environment variable PARAMNET_ISA (avx512, avx2, portable) asks for.
// Throws Error(PARAMNET_STATUS_INVALID_ARGUMENT) when it asks for something else or for more than there is.
const Kernels& choose_kernels();

// nullptr where compiler or processor lack AVX512_BF16.
using DenseFunction = void (*)(const Dense&, const DenseCall&);
DenseFunction bfloat16_kernel();

}  // namespace paramnet::native

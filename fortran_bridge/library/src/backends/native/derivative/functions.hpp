// Functions of one row and their slopes, in float64.
#pragma once

#include "backends/native/kernels.hpp"

namespace paramnet::native {

// x, out, slope: `columns` numbers each, a multiple of 16, aligned to 64 bytes, none of them the same memory.  Where a
// function has a kink, the slope is that of the branch that the forward takes.
void linearize_function(const Function& function, const ElementKernels<double>& kernels, const double* x, double* out, double* slope,
                        std::int64_t columns);

}  // namespace paramnet::native

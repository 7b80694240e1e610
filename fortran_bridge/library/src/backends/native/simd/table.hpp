// Fills the table of this source's instruction set.
#pragma once

#include "attention.hpp"
#include "dense_double.hpp"
#include "dense_narrow.hpp"
#include "lstm.hpp"
#include "normalize.hpp"
#include "normals.hpp"

namespace paramnet::native {
namespace {

constexpr Kernels kernels_named(const char* name) {
    return {name,
            {binary<float>, unary<float>, sum<float>, cumulative_sum<float>},
            {binary<double>, unary<double>, sum<double>, cumulative_sum<double>},
            widen,
            narrow,
            dense_float32,
            dense_float64,
            normals,
            normalize,
            attend,
            lstm};
}

}  // namespace
}  // namespace paramnet::native

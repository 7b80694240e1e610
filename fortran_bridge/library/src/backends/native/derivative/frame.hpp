// One block of columns while a derivative walks over the operations: the rows of all values, in float64 for the
// linearization, in Real for tangent and adjoint.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/native/derivative/layout.hpp"

namespace paramnet::native {

template <typename Real>
struct Frame {
    const Layout& layout;
    Real* values;          // (value_rows, stride)
    Real* scratch;         // (scratch_rows, stride)
    void* narrow_scratch;  // of the forward kernel, for a few columns
    bool* fresh;           // adjoint: values that no operation has added to yet
    std::int64_t stride;
    std::int64_t columns;  // of the block

    std::int64_t padded() const { return (columns + 15) / 16 * 16; }
    const ElementKernels<double>& functions() const { return layout.plan().kernels().float64; }
    std::int64_t rows(std::int64_t value) const { return layout.value(value).rows; }
    Real* row(std::int64_t value, std::int64_t row = 0) const { return values + (layout.value_row(value) + row) * stride; }
    Real* scratch_row(std::int64_t row) const { return scratch + row * stride; }

    // The adjoint of a value, to which the caller adds.
    Real* sum(std::int64_t value) const {
        Real* const rows_of = row(value);
        if (fresh[value])
            for (std::int64_t one = 0; one < rows(value); ++one) std::fill_n(rows_of + one * stride, padded(), Real(0));
        fresh[value] = false;
        return rows_of;
    }
};

// out = W in + b, added to what is in out with `add`.
inline void apply(const Frame<float>& frame, const Dense& dense, const float* in, float* out, bool add) {
    frame.layout.plan().kernels().dense(dense, {in, frame.stride, out, frame.stride, add ? out : nullptr, frame.stride,
                                                frame.columns, frame.narrow_scratch});
}

inline void apply(const Frame<double>& frame, const Dense& dense, const double* in, double* out, bool add) {
    frame.layout.plan().kernels().dense_float64(dense, {in, frame.stride, out, frame.stride, frame.padded(), add});
}

// A coefficient, zero where the slope is not finite: a branch such as the root of zero is frozen.
template <typename Real>
void keep(const double* slope, Real* to, std::int64_t columns) {
    for (std::int64_t column = 0; column < columns; ++column) {
        const Real one = static_cast<Real>(slope[column]);
        to[column] = std::abs(one) <= std::numeric_limits<Real>::max() ? one : Real(0);
    }
}

// to += factor * from, or to += from.
template <typename Real>
void add_product(const Real* factor, const Real* from, Real* to, std::int64_t columns) {
    for (std::int64_t column = 0; column < columns; ++column) to[column] += factor[column] * from[column];
}

template <typename Real>
void add_row(const Real* from, Real* to, std::int64_t columns) {
    for (std::int64_t column = 0; column < columns; ++column) to[column] += from[column];
}

template <typename Real>
void multiply_row(const Real* factor, Real* to, std::int64_t columns) {
    for (std::int64_t column = 0; column < columns; ++column) to[column] *= factor[column];
}

template <typename Real>
void copy_row(const Real* from, Real* to, std::int64_t columns) {
    std::memcpy(to, from, static_cast<std::size_t>(columns) * sizeof(Real));
}

}  // namespace paramnet::native

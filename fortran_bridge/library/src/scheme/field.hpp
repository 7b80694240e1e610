// One host array as rows of a block: the loops that copy numbers between the host's memory and the network's.
#pragma once

#include <cstdint>

#include "paramnet.h"

namespace paramnet {

struct Field {
    void* data = nullptr;            // element (first column, first level in the contract's order)
    std::int64_t column_stride = 0;  // in elements, as level_stride
    std::int64_t level_stride = 0;
    std::int64_t row = 0;            // of its first level, in the contract's order
    std::int64_t rows = 1;
    std::int32_t kind = PARAMNET_REAL64;
    bool on_device = false;          // an address that only the backend can use
    int thickness_power = 0;         // contract = host * scale * thickness ^ thickness_power + shift
    double scale = 1.0;
    double shift = 0.0;
    const Field* thickness = nullptr;  // the host's pressure thickness; its own scale makes it Pa
};

// Return true if only the address differs: numbers of the same kind, units and layout.
bool alike(const Field& one, const Field& other);

// One element in contract units.
double element(const Field& field, std::int64_t column, std::int64_t level);

// Columns first .. first + count - 1 of the host -> rows, whose first column is at `block`; rows are `stride` apart.
template <typename Real>
void pack(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, Real* block);

// The inverse.  weights: null, or one per column: 1 writes the network's value, 0 keeps the host's, and values between
// blend the two.
template <typename Real>
void unpack(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block,
            const Real* weights);

// Adds rows to the host's numbers: host += factor * row, where contract = factor * host is what pack computes without a shift.
template <typename Real>
void add_back(const Field& field, std::int64_t first, std::int64_t count, std::int64_t stride, const Real* block);

// The same array with the inverse factor, and without a shift.
Field inverse(const Field& field);

}  // namespace paramnet

// Are the host's numbers of the size that the contract expects?  Looked at once, so that a wrong unit is not run with.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "artefact/manifest.hpp"
#include "host/field.hpp"

namespace paramnet {

// What a host's array holds, against the contract's valid_range; values that are not finite are the guard's business.
struct Glance {
    double lowest = 0.0, highest = 0.0;  // of the finite values
    std::int64_t columns = 0;            // with a finite value
    std::int64_t outside = 0;            // columns with a value outside the range
    std::int64_t far = 0;                // columns with one so far outside that no model has it: another unit, another variable
};

Glance glance(const Field& field, const ValidRange& range, std::int64_t first, std::int64_t columns);

// "the numbers look like hPa", by the factor that brings all of them inside the range; empty: none does.
std::string probable_unit(const Variable& variable, double lowest, double highest, const Manifest& manifest);

// Looks at the columns of each array whose variable has a range.  strict: throws Error(CONTRACT_MISMATCH) where nearly every
// column is far outside; else, and for less, one line to the log.
void require_plausible(std::span<const Variable> variables, std::span<const Field> fields, std::int64_t first,
                       std::int64_t columns, const Manifest& manifest, bool strict);

}  // namespace paramnet

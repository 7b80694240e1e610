// Checks once that the host's numbers have the size that the contract expects, to detect wrong units before a run.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "artefact/manifest.hpp"
#include "scheme/field.hpp"

namespace paramnet {

// Values of a host's array compared with the contract's valid_range; non-finite values are left to the guard.
struct Glance {
    double lowest = 0.0, highest = 0.0;  // of the finite values
    std::int64_t columns = 0;            // with a finite value
    std::int64_t outside = 0;            // columns with a value outside the range
    std::int64_t far = 0;                // columns with a value too far outside for any model: wrong unit or variable
};

Glance glance(const Field& field, const ValidRange& range, std::int64_t first, std::int64_t columns);

// "the numbers look like hPa": the unit whose factor brings all values inside the range; empty: there is none.
std::string probable_unit(const Variable& variable, double lowest, double highest, const Manifest& manifest);

// Checks the columns of each array whose variable has a range.  strict: throws Error(CONTRACT_MISMATCH) where nearly
// all columns are far outside.  Otherwise, and for fewer columns, writes one line to the log.
void require_plausible(std::span<const Variable> variables, std::span<const Field> fields, std::int64_t first,
                       std::int64_t columns, const Manifest& manifest, bool strict);

}  // namespace paramnet

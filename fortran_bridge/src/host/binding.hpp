// Host arrays as the scheme sees them, and the only code that counts positions: rows of one column's values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"
#include "paramnet.h"

namespace paramnet {

// One variable of the manifest and the host array bound to it (array.data is null until then).
struct Slot {
    Variable variable;
    paramnet_array array{};
};

class Slots {
public:
    // direction: "input" or "output", for messages.
    Slots(const char* direction, const std::vector<Variable>& variables);

    // Throws Error(CONTRACT_MISMATCH or INVALID_ARGUMENT) naming the variable, expected and got.
    void bind(const std::string& name, const std::string& units, const paramnet_array& array);

    // Throws Error(UNBOUND) listing what is missing, or Error(INVALID_ARGUMENT) when an array has too few columns.
    void require_columns(std::int64_t columns) const;

    const std::vector<Slot>& all() const { return slots_; }
    std::int64_t width() const { return slots_.back().variable.offset + slots_.back().variable.size; }

private:
    std::string direction_;
    std::vector<Variable> variables_;
    std::vector<Slot> slots_;
};

// Throws Error(INVALID_ARGUMENT) unless data, kind and extents make sense; `what` names the array.
void require_array(const std::string& what, const paramnet_array& array);

// One element as real64.
double element(const paramnet_array& array, std::int64_t column, std::int64_t level);

// Host arrays -> rows(width, stride), columns contiguous; columns up to the stride repeat the last.
template <typename Real>
void pack(const Slots& slots, std::int64_t columns, std::int64_t stride, Real* rows);

// rows(width, stride) -> host arrays; columns whose flags hold a bit of `blank` are written as zeros.
template <typename Real>
void unpack(const Slots& slots, std::int64_t columns, std::int64_t stride, const Real* rows, const std::int32_t* flags,
            std::int32_t blank);

}  // namespace paramnet

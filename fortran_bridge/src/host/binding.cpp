#include "host/binding.hpp"

#include <algorithm>

#include "error.hpp"

namespace paramnet {
namespace {

std::string quoted(const std::string& word) { return "'" + word + "'"; }

template <typename Host, typename Real>
void pack_slot(const Slot& slot, std::int64_t columns, std::int64_t stride, Real* rows) {
    const paramnet_array& array = slot.array;
    const auto* data = static_cast<const Host*>(array.data);
    for (std::int64_t level = 0; level < slot.variable.size; ++level) {
        const Host* source = data + level * array.level_stride;
        Real* target = rows + (slot.variable.offset + level) * stride;
        for (std::int64_t column = 0; column < columns; ++column)
            target[column] = static_cast<Real>(source[column * array.column_stride]);
        std::fill(target + columns, target + stride, columns > 0 ? target[columns - 1] : Real(0));
    }
}

template <typename Host, typename Real>
void unpack_slot(const Slot& slot, std::int64_t columns, std::int64_t stride, const Real* rows,
                 const std::int32_t* flags, std::int32_t blank) {
    const paramnet_array& array = slot.array;
    auto* data = static_cast<Host*>(array.data);
    for (std::int64_t level = 0; level < slot.variable.size; ++level) {
        Host* target = data + level * array.level_stride;
        const Real* source = rows + (slot.variable.offset + level) * stride;
        for (std::int64_t column = 0; column < columns; ++column)
            target[column * array.column_stride] =
                (flags[column] & blank) != 0 ? Host(0) : static_cast<Host>(source[column]);
    }
}

}  // namespace

void require_array(const std::string& what, const paramnet_array& array) {
    const auto fail = [&](const std::string& detail) {
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, what + ": " + detail);
    };
    if (array.kind != PARAMNET_REAL32 && array.kind != PARAMNET_REAL64)
        fail("expected kind PARAMNET_REAL32 (4) or PARAMNET_REAL64 (8), got " + std::to_string(array.kind));
    if (array.reserved != 0) fail("expected reserved 0, got " + std::to_string(array.reserved));
    if (array.columns < 0 || array.levels < 0)
        fail("expected extents of 0 or more, got " + std::to_string(array.columns) + " columns, " +
             std::to_string(array.levels) + " levels");
    if (array.data == nullptr && array.columns > 0 && array.levels > 0) fail("expected an address, got NULL");
}

double element(const paramnet_array& array, std::int64_t column, std::int64_t level) {
    const std::int64_t offset = column * array.column_stride + level * array.level_stride;
    if (array.kind == PARAMNET_REAL32) return static_cast<double>(static_cast<const float*>(array.data)[offset]);
    return static_cast<const double*>(array.data)[offset];
}

Slots::Slots(const char* direction, const std::vector<Variable>& variables)
    : direction_(direction), variables_(variables) {
    for (const Variable& variable : variables_) slots_.push_back(Slot{variable, {}});
}

void Slots::bind(const std::string& name, const std::string& units, const paramnet_array& array) {
    const Variable& variable = find_variable(variables_, direction_, name);
    Slot& slot = slots_[static_cast<std::size_t>(&variable - variables_.data())];
    if (units != variable.units)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    name + ": expected units " + quoted(variable.units) + ", got " + quoted(units) +
                        "; convert the array in the host and bind it with the scheme's units");
    require_array(name, array);
    if (array.levels != variable.size)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    name + ": expected " + std::to_string(variable.size) + " level(s) (" +
                        (variable.profile ? "a profile" : "one value per column") + "), got " +
                        std::to_string(array.levels) + "; bind a section with the scheme's levels, or check the layout");
    slot.array = array;
    // A rank without columns has no address; run then never touches it, but it counts as bound.
    static double nothing = 0.0;
    if (slot.array.data == nullptr) slot.array.data = &nothing;
}

void Slots::require_columns(std::int64_t columns) const {
    std::string missing;
    for (const Slot& slot : slots_)
        if (slot.array.data == nullptr) missing += (missing.empty() ? "" : ", ") + slot.variable.name;
    if (!missing.empty())
        throw Error(PARAMNET_STATUS_UNBOUND, "run: expected every " + direction_ + " bound, not bound: " + missing +
                                                 "; call bind_" + direction_ + " for each before run");
    for (const Slot& slot : slots_)
        if (slot.array.columns < columns)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        slot.variable.name + ": expected at least " + std::to_string(columns) +
                            " columns (ncol of run), got an array of " + std::to_string(slot.array.columns) +
                            "; bind the whole array or lower ncol");
}

template <typename Real>
void pack(const Slots& slots, std::int64_t columns, std::int64_t stride, Real* rows) {
    for (const Slot& slot : slots.all()) {
        if (slot.array.kind == PARAMNET_REAL32)
            pack_slot<float>(slot, columns, stride, rows);
        else
            pack_slot<double>(slot, columns, stride, rows);
    }
}

template <typename Real>
void unpack(const Slots& slots, std::int64_t columns, std::int64_t stride, const Real* rows, const std::int32_t* flags,
            std::int32_t blank) {
    for (const Slot& slot : slots.all()) {
        if (slot.array.kind == PARAMNET_REAL32)
            unpack_slot<float>(slot, columns, stride, rows, flags, blank);
        else
            unpack_slot<double>(slot, columns, stride, rows, flags, blank);
    }
}

template void pack<float>(const Slots&, std::int64_t, std::int64_t, float*);
template void pack<double>(const Slots&, std::int64_t, std::int64_t, double*);
template void unpack<float>(const Slots&, std::int64_t, std::int64_t, const float*, const std::int32_t*, std::int32_t);
template void unpack<double>(const Slots&, std::int64_t, std::int64_t, const double*, const std::int32_t*,
                             std::int32_t);

}  // namespace paramnet

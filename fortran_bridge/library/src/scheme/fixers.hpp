// Corrections of a scheme's outputs by physical constraints on a column, each with the size of its correction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"

namespace paramnet {

struct FixerKind {
    const char* name;
    const char* correction_name;  // the output that receives the size, one value per column
    const char* correction_units;
};

inline constexpr std::array<FixerKind, 3> fixer_kinds{{
    {"non_negative_water", "correction_by_non_negative_water", "kg m-2 s-1"},
    {"column_water_closure", "correction_by_column_water_closure", "kg m-2 s-1"},
    {"column_enthalpy_closure", "correction_by_column_enthalpy_closure", "W m-2"},
}};

// The name of a fixer or of its correction where an earlier version wrote "nonnegative_water".
std::string present_name(std::string name);

// One fixer and its rows.  Rows are float or double, columns contiguous, contract units.
class Fixer {
public:
    // kind: a name of fixer_kinds; roles: "role=variable, role=variable" (listed in paramnet.h).
    // Throws Error(INVALID_ARGUMENT or CONTRACT_MISMATCH) naming the role, expected and got.
    Fixer(const Manifest& manifest, const std::string& kind, const std::string& roles);

    std::size_t kind() const { return kind_; }

    // Columns whose flags hold a bit of `skip` are unchanged.  sizes[column] receives the size of the correction: the water
    // given to levels that lacked it, or the change of the column's integral by a closure.
    template <typename Real>
    void apply(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride,
               const std::int32_t* flags, std::int32_t skip, Real* sizes) const;

private:

    std::size_t kind_ = 0;
    std::int64_t levels_ = 0;
    std::int64_t pressure_row_ = 0;             // input: surface pressure, Pa
    std::int64_t state_row_ = -1;               // input: water, or humidity (enthalpy); -1: none
    std::int64_t so_far_row_ = -1;              // input: tendency of the water so far; -1: none
    std::int64_t target_row_ = 0;               // output that is corrected
    std::int64_t source_row_ = -1;              // output that it must balance; heating (nonnegative); -1: none
    double interval_ = 0.0;                     // s
    double heat_capacity_ = 1.0, heat_capacity_excess_ = 0.0, latent_heat_ = 0.0;
    std::vector<double> mass_a_, mass_b_;       // layer mass = a + b * surface pressure, kg m-2

    template <typename Real>
    double fix(const Real* inputs, Real* outputs, std::int64_t stride) const;
};

}  // namespace paramnet

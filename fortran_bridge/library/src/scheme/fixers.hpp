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
    {"nonnegative_water", "correction_by_nonnegative_water", "kg m-2 s-1"},
    {"column_water_closure", "correction_by_column_water_closure", "kg m-2 s-1"},
    {"column_enthalpy_closure", "correction_by_column_enthalpy_closure", "W m-2"},
}};

// One fixer and its rows.  Rows are float or double, columns contiguous, contract units.
class Fixer {
public:
    // kind: a name of fixer_kinds; roles: "role=variable, role=variable" (listed in paramnet.h).
    // Throws Error(INVALID_ARGUMENT or CONTRACT_MISMATCH) naming the role, expected and got.
    Fixer(const Manifest& manifest, const std::string& kind, const std::string& roles);

    std::size_t kind() const { return kind_; }

    // Columns whose flags hold a bit of `skip` are unchanged.  sizes[column] receives the change of the column's
    // integral, in the correction's units.
    template <typename Real>
    void apply(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride,
               const std::int32_t* flags, std::int32_t skip, Real* sizes) const;

private:

    std::size_t kind_ = 0;
    std::int64_t levels_ = 0;
    std::int64_t pressure_row_ = 0;             // input: surface pressure, Pa
    std::int64_t state_row_ = -1;               // input: water (nonnegative) or humidity (enthalpy), -1: none
    std::int64_t target_row_ = 0;               // output that is corrected
    std::int64_t source_row_ = 0;               // output that it must balance
    double interval_ = 0.0;                     // s
    double heat_capacity_ = 0.0, heat_capacity_excess_ = 0.0, latent_heat_ = 0.0;
    std::vector<double> mass_a_, mass_b_;       // layer mass = a + b * surface pressure, kg m-2

    template <typename Real>
    double fill_negative(const Real* inputs, Real* outputs, std::int64_t stride) const;
    template <typename Real>
    double close(const Real* inputs, Real* outputs, std::int64_t stride) const;
};

}  // namespace paramnet

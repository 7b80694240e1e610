// Corrections of a scheme's outputs by physical constraints on a column, each with the size of its correction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"
#include "scheme/fixer_roles.hpp"

namespace paramnet {

struct FixerKind {
    const char* name;
    const char* correction_name;  // the output that receives the size, one value per column
    const char* correction_units;
};

// The first three are counted in paramnet_counts, all of them by paramnet_corrected.
inline constexpr std::array<FixerKind, 6> fixer_kinds{{
    {"non_negative_water", "correction_by_non_negative_water", "kg m-2 s-1"},
    {"column_water_closure", "correction_by_column_water_closure", "kg m-2 s-1"},
    {"column_enthalpy_closure", "correction_by_column_enthalpy_closure", "W m-2"},
    {"column_water_flux_closure", "correction_by_column_water_flux_closure", "kg m-2 s-1"},
    {"column_energy_closure", "correction_by_column_energy_closure", "W m-2"},
    {"output_limits", "correction_by_output_limits", "1"},
}};

// The name of a fixer or of its correction where an earlier version wrote "nonnegative_water".
std::string present_name(std::string name);

// Position of a kind by its name; throws Error(INVALID_ARGUMENT) listing the names.
std::size_t find_fixer_kind(const std::string& name);

// One fixer and its rows.  Rows are float or double, columns contiguous, contract units.
class Fixer {
public:
    // kind: a name of fixer_kinds; roles: "role=variable, role=variable" (listed in paramnet.h).
    // Throws Error(INVALID_ARGUMENT or CONTRACT_MISMATCH) naming the role, expected and got.
    Fixer(const Manifest& manifest, const std::string& kind, const std::string& roles);

    std::size_t kind() const { return kind_; }

    // Columns whose flags hold a bit of `skip` are unchanged.  sizes[column] receives the size of the correction: the water
    // given to levels that lacked it, the change of the column's integral by a closure, or the number of values limited.
    template <typename Real>
    void apply(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride,
               const std::int32_t* flags, std::int32_t skip, Real* sizes) const;

private:
    // The limits of one output, by level.
    struct Limits {
        std::int64_t row;
        std::vector<double> lower, upper;
    };

    void read_water(FixerRoles& roles);
    void read_enthalpy(FixerRoles& roles);
    void read_flux_closure(FixerRoles& roles);
    void read_limits(FixerRoles& roles, const Manifest& manifest);
    void read_masses(const FixerRoles& roles, const VerticalGrid& grid);

    template <typename Real>
    double fix(const Real* inputs, Real* outputs, std::int64_t stride) const;
    template <typename Real, typename Mass>
    double close_with_fluxes(const Real* inputs, Real* outputs, std::int64_t stride, const Mass& mass) const;
    template <typename Real, typename Mass>
    double limit(Real* outputs, std::int64_t stride, const Mass& mass) const;

    std::size_t kind_ = 0;
    std::int64_t levels_ = 0;
    std::int64_t pressure_row_ = -1;            // input: surface pressure, Pa; -1: no masses are needed
    std::int64_t state_row_ = -1;               // input: water, or humidity (enthalpy, water flux); -1: none
    std::int64_t so_far_row_ = -1;              // input: tendency of the water so far; -1: none
    std::int64_t target_row_ = 0;               // output that is corrected
    std::int64_t source_row_ = -1;              // output that it must balance; heating (non-negative); moistening (energy)
    double interval_ = 0.0;                     // s
    double heat_capacity_ = 1.0, heat_capacity_excess_ = 0.0, latent_heat_ = 0.0, fusion_ = 0.0;
    std::vector<std::int64_t> condensate_rows_; // outputs: liquid and ice (water flux), ice (energy)
    std::vector<FluxRow> fluxes_;               // into the column
    std::vector<Limits> limits_;
    std::vector<double> mass_a_, mass_b_;       // layer mass = a + b * surface pressure, kg m-2
};

}  // namespace paramnet

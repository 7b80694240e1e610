// The text "role=variable, role=variable" of a fixer, checked against the scheme.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "artefact/manifest.hpp"

namespace paramnet {

// A flux at the surface: a row of one value per column, and the factor to the unit of the budget, positive into the column.
struct FluxRow {
    bool from_outputs = true;
    std::int64_t row = 0;
    double factor = 1.0;
};

// Takes roles one by one; what is left at the end is unknown.  Every function throws Error(INVALID_ARGUMENT or
// CONTRACT_MISMATCH) naming fixer and role, expected and got.
class FixerRoles {
public:
    FixerRoles(const Manifest& manifest, std::string fixer, const std::string& text);

    // First row of the profile of this role in these units; the optional ones: -1 where the role is not given.
    std::int64_t input(const char* role, const char* units) { return profile(role, manifest_.inputs, "input", units); }
    std::int64_t output(const char* role, const char* units) { return profile(role, manifest_.outputs, "output", units); }
    std::int64_t optional_input(const char* role, const char* units) { return has(role) ? input(role, units) : -1; }
    std::int64_t optional_output(const char* role, const char* units) { return has(role) ? output(role, units) : -1; }

    // enters: the direction ("upward" or "downward") that is into the column; the variable's own is the contract's `sign`.
    // units: kg m-2 s-1 or W m-2; water is converted from kg m-2 s-1, m s-1 or W m-2 with the scheme's latent heat.
    FluxRow flux_of_output(const char* role, const char* units, const std::string& enters);
    FluxRow flux_of_input(const char* role, const char* units, const std::string& enters);

    bool has(const std::string& role) const;
    std::vector<const Variable*> outputs(const std::string& role);  // of a role that may be given several times
    double number(const std::string& role, double otherwise);       // of 0 or more
    void finish() const;                                            // refuses what was not taken

    double constant(const char* name) const;
    std::int64_t surface_pressure() const;  // its row

private:
    std::string take(const std::string& role);
    std::int64_t profile(const char* role, const std::vector<Variable>& variables, const char* direction, const char* units);
    FluxRow flux(const char* role, const std::vector<Variable>& variables, const char* direction, const char* units,
                 const std::string& enters);

    const Manifest& manifest_;
    std::string fixer_;
    std::vector<std::pair<std::string, std::string>> left_;
};

}  // namespace paramnet

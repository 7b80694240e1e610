#include "scheme/fixers.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/laws.hpp"

namespace paramnet {
namespace {

enum : std::size_t { non_negative_water, column_water_closure, column_enthalpy_closure };

using Roles = std::map<std::string, std::string>;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Roles read_roles(const std::string& fixer, const std::string& text) {
    Roles roles;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t last = std::min(text.find(',', first), text.size());
        const std::string item = text.substr(first, last - first);
        const std::size_t equals = item.find('=');
        if (equals == std::string::npos)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = fixer, .expected = "roles as 'role=variable, ...'", .got = "'" + text + "'"});
        roles[trimmed(item.substr(0, equals))] = trimmed(item.substr(equals + 1));
        first = last + 1;
    }
    return roles;
}

// Removes a role from `roles`; its variable must be a profile in these units.
std::int64_t take(Roles& roles, const std::string& fixer, const char* role, const std::vector<Variable>& variables,
                  const char* direction, const char* units) {
    const auto found = roles.find(role);
    if (found == roles.end())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = fixer, .expected = std::string("the role '") + role + "'", .got = "none"});
    const Variable& variable = find_variable(variables, direction, found->second);
    if (variable.units != units || !variable.profile)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = fixer + ": " + role, .expected = std::string("a profile in '") + units + "'",
                     .got = variable.name + " in '" + variable.units + "'"});
    roles.erase(found);
    return variable.offset;
}

double constant(const Manifest& manifest, const std::string& fixer, const char* name) {
    const auto found = manifest.constants.find(name);
    if (found == manifest.constants.end())
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = fixer, .expected = std::string("the constant ") + name + " in the scheme", .got = "none"});
    return found->second;
}

std::int64_t surface_pressure(const Manifest& manifest, const std::string& fixer) {
    for (const Variable& variable : manifest.inputs)
        if (variable.standard_name == "surface_air_pressure" && variable.units == "Pa") return variable.offset;
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = fixer, .expected = "an input with standard_name surface_air_pressure in Pa", .got = "none"});
}

std::size_t find_kind(const std::string& name) {
    std::string known;
    for (std::size_t kind = 0; kind < fixer_kinds.size(); ++kind) {
        if (name == fixer_kinds[kind].name) return kind;
        known += std::string(known.empty() ? "'" : ", '") + fixer_kinds[kind].name + "'";
    }
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "fixer", .expected = "one of " + known, .got = "'" + name + "'"});
}

}  // namespace

std::string present_name(std::string name) {
    const bool old = name == "nonnegative_water" || name == "correction_by_nonnegative_water";
    if (!old) return name;
    return name.starts_with("correction") ? fixer_kinds[non_negative_water].correction_name : fixer_kinds[non_negative_water].name;
}

Fixer::Fixer(const Manifest& manifest, const std::string& kind, const std::string& text)
    : kind_(find_kind(present_name(kind))), levels_(manifest.grid.levels()), pressure_row_(surface_pressure(manifest, kind)) {
    Roles roles = read_roles(kind, text);
    const auto input = [&](const char* role, const char* units) {
        return take(roles, kind, role, manifest.inputs, "input", units);
    };
    const auto output = [&](const char* role, const char* units) {
        return take(roles, kind, role, manifest.outputs, "output", units);
    };
    const auto optional = [&](const auto& direction, const char* role, const char* units) -> std::int64_t {
        return roles.contains(role) ? direction(role, units) : -1;
    };
    if (kind_ == column_enthalpy_closure) {
        target_row_ = output("heating", "K s-1");
        source_row_ = output("condensation", "kg kg-1 s-1");
        state_row_ = optional(input, "humidity", "kg kg-1");
    } else {
        target_row_ = output("tendency", "kg kg-1 s-1");
        if (kind_ == column_water_closure) source_row_ = output("sink", "kg kg-1 s-1");
        if (kind_ == non_negative_water) source_row_ = optional(output, "heating", "K s-1");
        state_row_ = kind_ == non_negative_water ? input("state", "kg kg-1") : optional(input, "state", "kg kg-1");
        if (state_row_ >= 0) {
            so_far_row_ = optional(input, "so_far", "kg kg-1 s-1");
            interval_ = constant(manifest, kind, "tendency_interval");
        }
    }
    if (kind_ == column_enthalpy_closure || (kind_ == non_negative_water && source_row_ >= 0)) {
        heat_capacity_ = constant(manifest, kind, "specific_heat_of_dry_air");
        latent_heat_ = constant(manifest, kind, "latent_heat_of_vaporization");
    }
    if (kind_ == column_enthalpy_closure && state_row_ >= 0)
        heat_capacity_excess_ = constant(manifest, kind, "specific_heat_of_water_vapour") - heat_capacity_;
    if (!roles.empty())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = kind + ": unknown role '" + roles.begin()->first + "'"});
    const double gravity = constant(manifest, kind, "gravity");
    for (std::size_t level = 0; level < manifest.grid.a_mid.size(); ++level) {
        mass_a_.push_back((manifest.grid.a_interface[level + 1] - manifest.grid.a_interface[level]) / gravity);
        mass_b_.push_back((manifest.grid.b_interface[level + 1] - manifest.grid.b_interface[level]) / gravity);
    }
}

template <typename Real>
double Fixer::fix(const Real* inputs, Real* outputs, std::int64_t stride) const {
    const auto pressure = static_cast<double>(inputs[pressure_row_ * stride]);
    const auto input = [&](std::int64_t row, std::int64_t level) {
        return row < 0 ? 0.0 : static_cast<double>(inputs[(row + level) * stride]);
    };
    const auto output = [&](std::int64_t row) { return Profile<Real>{row < 0 ? nullptr : outputs + row * stride, stride}; };
    const auto mass = [&](std::int64_t level) {
        const auto k = static_cast<std::size_t>(level);
        return mass_a_[k] + mass_b_[k] * pressure;
    };
    const auto water = [&](std::int64_t level) { return input(state_row_, level) + interval_ * input(so_far_row_, level); };
    const Profile<Real> target = output(target_row_), source = output(source_row_);
    if (kind_ == non_negative_water)
        return fill_from_column(levels_, interval_, water, mass, target, source, latent_heat_ / heat_capacity_);
    if (kind_ == column_water_closure && state_row_ >= 0)
        return -close_water(levels_, interval_, water, mass, target, source);
    if (kind_ == column_water_closure)
        return -close_budget(levels_, mass, [&](std::int64_t k) { return -static_cast<double>(source[k]); }, target);
    const auto capacity = [&](std::int64_t k) { return heat_capacity_ + heat_capacity_excess_ * input(state_row_, k); };
    return -close_budget(
        levels_, [&](std::int64_t k) { return capacity(k) * mass(k); },
        [&](std::int64_t k) { return latent_heat_ * static_cast<double>(source[k]) / capacity(k); }, target);
}

template <typename Real>
void Fixer::apply(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride,
                  const std::int32_t* flags, std::int32_t skip, Real* sizes) const {
    for (std::int64_t column = 0; column < columns; ++column) {
        sizes[column] = Real(0);
        if ((flags[column] & skip) != 0) continue;
        sizes[column] = static_cast<Real>(fix(inputs + column, outputs + column, stride));
    }
}

template void Fixer::apply<float>(const float*, float*, std::int64_t, std::int64_t, const std::int32_t*, std::int32_t,
                                  float*) const;
template void Fixer::apply<double>(const double*, double*, std::int64_t, std::int64_t, const std::int32_t*,
                                   std::int32_t, double*) const;

}  // namespace paramnet

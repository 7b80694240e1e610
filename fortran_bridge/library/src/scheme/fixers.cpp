#include "scheme/fixers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/laws.hpp"

namespace paramnet {
namespace {

enum : std::size_t {
    non_negative_water,
    column_water_closure,
    column_enthalpy_closure,
    column_water_flux_closure,
    column_energy_closure,
    output_limits
};

template <typename Real>
Profile<Real> rows_from(Real* rows, std::int64_t row, std::int64_t stride) {
    return {row < 0 ? nullptr : rows + row * stride, stride};
}

}  // namespace

std::size_t find_fixer_kind(const std::string& name) {
    std::string known;
    for (std::size_t kind = 0; kind < fixer_kinds.size(); ++kind) {
        if (name == fixer_kinds[kind].name) return kind;
        known += std::string(known.empty() ? "'" : ", '") + fixer_kinds[kind].name + "'";
    }
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "fixer", .expected = "one of " + known, .got = "'" + name + "'"});
}

std::string present_name(std::string name) {
    const bool old = name == "nonnegative_water" || name == "correction_by_nonnegative_water";
    if (!old) return name;
    return name.starts_with("correction") ? fixer_kinds[non_negative_water].correction_name : fixer_kinds[non_negative_water].name;
}

Fixer::Fixer(const Manifest& manifest, const std::string& kind, const std::string& text)
    : kind_(find_fixer_kind(present_name(kind))), levels_(manifest.grid.levels()) {
    FixerRoles roles(manifest, kind, text);
    if (kind_ == output_limits)
        read_limits(roles, manifest);
    else if (kind_ == column_enthalpy_closure)
        read_enthalpy(roles);
    else if (kind_ == column_water_flux_closure || kind_ == column_energy_closure)
        read_flux_closure(roles);
    else
        read_water(roles);
    roles.finish();
    const auto is_profile = [](const Limits& one) { return one.lower.size() > 1; };
    if (kind_ != output_limits || std::ranges::any_of(limits_, is_profile)) read_masses(roles, manifest.grid);
}

void Fixer::read_water(FixerRoles& roles) {
    target_row_ = roles.output("tendency", "kg kg-1 s-1");
    if (kind_ == column_water_closure) source_row_ = roles.output("sink", "kg kg-1 s-1");
    if (kind_ == non_negative_water) source_row_ = roles.optional_output("heating", "K s-1");
    state_row_ = kind_ == non_negative_water ? roles.input("state", "kg kg-1") : roles.optional_input("state", "kg kg-1");
    if (state_row_ >= 0) {
        so_far_row_ = roles.optional_input("so_far", "kg kg-1 s-1");
        interval_ = roles.constant("tendency_interval");
    }
    if (kind_ != non_negative_water || source_row_ < 0) return;
    heat_capacity_ = roles.constant("specific_heat_of_dry_air");
    latent_heat_ = roles.constant("latent_heat_of_vaporization");
}

void Fixer::read_enthalpy(FixerRoles& roles) {
    target_row_ = roles.output("heating", "K s-1");
    source_row_ = roles.output("condensation", "kg kg-1 s-1");
    state_row_ = roles.optional_input("humidity", "kg kg-1");
    heat_capacity_ = roles.constant("specific_heat_of_dry_air");
    latent_heat_ = roles.constant("latent_heat_of_vaporization");
    if (state_row_ >= 0) heat_capacity_excess_ = roles.constant("specific_heat_of_water_vapour") - heat_capacity_;
}

void Fixer::read_flux_closure(FixerRoles& roles) {
    const auto condensate = [&](const char* role) {
        if (roles.has(role)) condensate_rows_.push_back(roles.output(role, "kg kg-1 s-1"));
    };
    if (kind_ == column_water_flux_closure) {
        target_row_ = roles.output("tendency", "kg kg-1 s-1");
        state_row_ = roles.input("humidity", "kg kg-1");
        fluxes_.push_back(roles.flux_of_output("precipitation", "kg m-2 s-1", "upward"));
        if (roles.has("evaporation")) fluxes_.push_back(roles.flux_of_input("evaporation", "kg m-2 s-1", "upward"));
        condensate("liquid");
        return condensate("ice");
    }
    target_row_ = roles.output("heating", "K s-1");
    source_row_ = roles.output("moistening", "kg kg-1 s-1");
    heat_capacity_ = roles.constant("specific_heat_of_dry_air");
    latent_heat_ = roles.constant("latent_heat_of_vaporization");
    condensate("ice");
    if (condensate_rows_.empty() && !roles.has("snowfall")) return;
    fusion_ = roles.constant("latent_heat_of_sublimation") - latent_heat_;
    if (!roles.has("snowfall")) return;
    fluxes_.push_back(roles.flux_of_output("snowfall", "kg m-2 s-1", "downward"));
    fluxes_.back().factor *= fusion_;
}

void Fixer::read_limits(FixerRoles& roles, const Manifest& manifest) {
    const double margin = roles.number("margin", 0.0);
    for (const Variable* variable : roles.outputs("variable")) {
        if (!manifest.output_range)
            throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                        {.what = fixer_kinds[kind_].name, .expected = "envelope.outputs in the manifest",
                         .got = "a scheme without the range of its training data", .remedy = "write it again with `paramnet export`"});
        const auto values = [&](const std::vector<double>& all) {
            return std::vector<double>(all.begin() + variable->offset, all.begin() + variable->offset + variable->size);
        };
        Limits one{variable->offset, values(manifest.output_range->minimum), values(manifest.output_range->maximum)};
        double largest = 0.0;
        for (const auto* side : {&one.lower, &one.upper})
            for (const double value : *side) largest = std::max(largest, std::abs(value));
        for (double& value : one.lower) value -= margin * largest;
        for (double& value : one.upper) value += margin * largest;
        limits_.push_back(std::move(one));
    }
}

void Fixer::read_masses(const FixerRoles& roles, const VerticalGrid& grid) {
    pressure_row_ = roles.surface_pressure();
    const double gravity = roles.constant("gravity");
    for (std::size_t level = 0; level < grid.a_mid.size(); ++level) {
        mass_a_.push_back((grid.a_interface[level + 1] - grid.a_interface[level]) / gravity);
        mass_b_.push_back((grid.b_interface[level + 1] - grid.b_interface[level]) / gravity);
    }
}

template <typename Real>
double Fixer::fix(const Real* inputs, Real* outputs, std::int64_t stride) const {
    const double pressure = pressure_row_ < 0 ? 0.0 : static_cast<double>(inputs[pressure_row_ * stride]);
    const auto input = [&](std::int64_t row, std::int64_t level) {
        return row < 0 ? 0.0 : static_cast<double>(inputs[(row + level) * stride]);
    };
    const auto mass = [&](std::int64_t level) {
        const auto k = static_cast<std::size_t>(level);
        return mass_a_[k] + mass_b_[k] * pressure;
    };
    const auto water = [&](std::int64_t level) { return input(state_row_, level) + interval_ * input(so_far_row_, level); };
    const Profile<Real> target = rows_from(outputs, target_row_, stride), source = rows_from(outputs, source_row_, stride);
    if (kind_ == output_limits) return limit(outputs, stride, mass);
    if (kind_ == column_water_flux_closure || kind_ == column_energy_closure) return close_with_fluxes(inputs, outputs, stride, mass);
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

// Water: sum (dq + dl + di) dp/g = E - P.  Energy: sum (cp dT + Lv dq - Lf di) dp/g = Lf snow.
template <typename Real, typename Mass>
double Fixer::close_with_fluxes(const Real* inputs, Real* outputs, std::int64_t stride, const Mass& mass) const {
    const bool of_water = kind_ == column_water_flux_closure;
    double net = 0.0, residual = 0.0, spread = no_turnover;
    for (const FluxRow& flux : fluxes_)
        net += flux.factor * static_cast<double>((flux.from_outputs ? outputs : inputs)[flux.row * stride]);
    const Profile<Real> target = rows_from(outputs, target_row_, stride), moistening = rows_from(outputs, source_row_, stride);
    const auto vapour = [&](std::int64_t k) {  // the flux's share of a level: by vapour (water) or by mass (energy)
        return of_water ? std::max(static_cast<double>(inputs[(state_row_ + k) * stride]), 0.0) : 1.0;
    };
    const auto turnover = [&](std::int64_t k, const auto& part) {
        double sum = part(heat_capacity_ * static_cast<double>(target[k]));
        if (!of_water) sum += part(latent_heat_ * static_cast<double>(moistening[k]));
        for (const std::int64_t row : condensate_rows_)
            sum += part((of_water ? 1.0 : -fusion_) * static_cast<double>(outputs[(row + k) * stride]));
        return sum;
    };
    for (std::int64_t k = 0; k < levels_; ++k) {
        residual += turnover(k, [](double value) { return value; }) * mass(k);
        spread += vapour(k) * mass(k);
    }
    residual -= net;
    const auto weight = [&](std::int64_t k) {
        return (turnover(k, [](double value) { return std::abs(value); }) + std::abs(net) * vapour(k) / spread) / heat_capacity_;
    };
    take_off(levels_, residual, weight, [&](std::int64_t k) { return heat_capacity_ * mass(k); }, target);
    return -residual;
}

template <typename Real, typename Mass>
double Fixer::limit(Real* outputs, std::int64_t stride, const Mass& mass) const {
    std::int64_t beyond = 0;
    for (const Limits& one : limits_) {
        const Profile<Real> value = rows_from(outputs, one.row, stride);
        const auto levels = static_cast<std::int64_t>(one.lower.size());
        if (levels > 1) {
            beyond += limit_column(levels, one.lower.data(), one.upper.data(), mass, value);
        } else if (const auto got = static_cast<double>(value[0]); got < one.lower[0] || got > one.upper[0]) {
            value[0] = static_cast<Real>(std::clamp(got, one.lower[0], one.upper[0]));
            beyond += 1;
        }
    }
    return static_cast<double>(beyond);
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

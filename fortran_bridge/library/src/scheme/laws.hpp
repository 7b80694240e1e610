// Physical laws on one column, for the outputs of a scheme (Fixer) and for a host's own arrays (capi/laws.cpp).  The
// formulas of fill_from_column and close_budget are those of paramnet.scheme.constraints; a test compares them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace paramnet {

constexpr double water_kept = 1.0e-6;  // share of a level's water that is never removed; larger than the rounding of float
constexpr double no_turnover = 1.0e-40;  // avoids 0/0 in columns without tendencies

// The levels of one column.
template <typename Real>
struct Profile {
    Real* first;
    std::int64_t stride;
    Real& operator[](std::int64_t level) const { return first[level * stride]; }
};

// No level loses more water than it holds: water + interval * tendency >= 0.  A deficit is filled from the levels with a
// surplus, in proportion to it, and from outside where the complete column has a deficit.  A heating (first may be null)
// changes by -cooling times the change of the tendency.  Returns what was filled, in the tendency's unit times that of mass.
template <typename Water, typename Mass, typename Real>
double fill_from_column(std::int64_t levels, double interval, const Water& water, const Mass& mass, Profile<Real> tendency,
                        Profile<Real> heating, double cooling) {
    const auto after = [&](std::int64_t k) {
        return (1.0 - water_kept) * std::max(water(k), 0.0) + interval * static_cast<double>(tendency[k]);
    };
    double deficit = 0.0, surplus = no_turnover;
    for (std::int64_t k = 0; k < levels; ++k) {
        const double left = after(k);
        (left < 0.0 ? deficit : surplus) += std::abs(left) * mass(k);
    }
    if (deficit == 0.0) return 0.0;
    const double share = std::min(deficit / surplus, 1.0);
    for (std::int64_t k = 0; k < levels; ++k) {
        const double left = after(k), change = (left < 0.0 ? -left : -share * left) / interval;
        tendency[k] = static_cast<Real>(static_cast<double>(tendency[k]) + change);
        if (heating.first != nullptr) heating[k] = static_cast<Real>(static_cast<double>(heating[k]) - cooling * change);
    }
    return deficit / interval;
}

// The same for a host's arrays, but the deficit is filled from outside the column, and nothing is kept.
template <typename Water>
void fill_from_outside(std::int64_t levels, double interval, const Water& water, Profile<double> tendency) {
    for (std::int64_t k = 0; k < levels; ++k) tendency[k] = std::max(tendency[k], -std::max(water(k), 0.0) / interval);
}

// sum(target * weight) = sum(source * weight).  The residual is removed from the target in proportion to |target| + |source|:
// bounded, local, and no change in columns where both are zero.  Returns the residual.
template <typename Weight, typename Source, typename Real>
double close_budget(std::int64_t levels, const Weight& weight, const Source& source, Profile<Real> target) {
    double residual = 0.0, turnover = no_turnover;
    for (std::int64_t k = 0; k < levels; ++k) {
        const auto value = static_cast<double>(target[k]);
        residual += (value - source(k)) * weight(k);
        turnover += (std::abs(value) + std::abs(source(k))) * weight(k);
    }
    const double share = residual / turnover;
    for (std::int64_t k = 0; k < levels; ++k) {
        const auto value = static_cast<double>(target[k]);
        target[k] = static_cast<Real>(value - (std::abs(value) + std::abs(source(k))) * share);
    }
    return residual;
}

// sum(tendency * mass) = -sum(sink * mass).  The residual is removed in proportion to the water that a level would hold, so
// that no level becomes negative; where the column lacks the water for its sink, the sink is reduced.  Returns the residual.
template <typename Water, typename Mass, typename Real>
double close_water(std::int64_t levels, double interval, const Water& water, const Mass& mass, Profile<Real> tendency,
                   Profile<Real> sink) {
    const auto held = [&](std::int64_t k) { return std::max(water(k) / interval + static_cast<double>(tendency[k]), 0.0); };
    double gained = 0.0, falling = 0.0, store = 0.0;
    for (std::int64_t k = 0; k < levels; ++k) {
        gained += static_cast<double>(tendency[k]) * mass(k);
        falling += static_cast<double>(sink[k]) * mass(k);
        store += held(k) * mass(k);
    }
    const double residual = gained + falling;
    const double taken = std::min(residual, store);
    if (residual == 0.0) return 0.0;
    for (std::int64_t k = 0; k < levels && store > 0.0; ++k)
        tendency[k] = static_cast<Real>(static_cast<double>(tendency[k]) - held(k) * (taken / store));
    if (!(taken < residual && falling > 0.0)) return residual;
    const double kept = std::max(0.0, 1.0 - (residual - taken) / falling);
    for (std::int64_t k = 0; k < levels; ++k) sink[k] = static_cast<Real>(static_cast<double>(sink[k]) * kept);
    return residual;
}

// target loses weight * residual / sum(weight * mass): the residual of a column's budget is removed in proportion to weight >= 0.
template <typename Weight, typename Mass, typename Real>
void take_off(std::int64_t levels, double residual, const Weight& weight, const Mass& mass, Profile<Real> target) {
    double capacity = no_turnover;
    for (std::int64_t k = 0; k < levels; ++k) capacity += weight(k) * mass(k);
    for (std::int64_t k = 0; k < levels; ++k)
        target[k] = static_cast<Real>(static_cast<double>(target[k]) - weight(k) * (residual / capacity));
}

// lower <= value <= upper at each level.  What is cut off goes to the levels with room, in proportion to their room, so that
// the column's integral is kept as far as there is room.  Returns the number of levels that were beyond their limits.
template <typename Mass, typename Real>
std::int64_t limit_column(std::int64_t levels, const double* lower, const double* upper, const Mass& mass, Profile<Real> value) {
    std::int64_t beyond = 0;
    double cut = 0.0;
    for (std::int64_t k = 0; k < levels; ++k) {
        const auto before = static_cast<double>(value[k]), after = std::min(std::max(before, lower[k]), upper[k]);
        if (before == after) continue;
        beyond += 1;
        cut += (before - after) * mass(k);
        value[k] = static_cast<Real>(after);
    }
    if (cut == 0.0) return beyond;
    const double* const bound = cut > 0.0 ? upper : lower;
    double room = 0.0;  // of the sign of cut
    for (std::int64_t k = 0; k < levels; ++k) room += (bound[k] - static_cast<double>(value[k])) * mass(k);
    const double share = room == 0.0 ? 0.0 : std::clamp(cut / room, 0.0, 1.0);
    for (std::int64_t k = 0; k < levels; ++k) {
        const auto now = static_cast<double>(value[k]);
        value[k] = static_cast<Real>(now + share * (bound[k] - now));
    }
    return beyond;
}

}  // namespace paramnet

// Closures with one flux per column, and limits that keep the column's integral: laws of one column in float64 rows.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/fixers.hpp"

using namespace paramnet;

namespace {

constexpr std::int64_t levels = 4;
constexpr double lv = 2.5e6, ls = 2.83e6, cp = 1004.0, gravity = 9.81;
int wrong = 0;

void expect(bool condition, const std::string& what) {
    if (condition) return;
    wrong = 1;
    std::fprintf(stderr, "not so: %s\n", what.c_str());
}

bool near(double one, double other, double size) { return std::abs(one - other) <= 1e-12 * size; }

// Inputs: q 0-3, ps 4, evaporation 5. Outputs: dT 0-3, dq 4-7, dl 8-11, rain 12, snow 13, top 14.
Manifest manifest() {
    Manifest result;
    result.grid.a_mid = {0, 0, 0, 0}, result.grid.b_mid = {0.1, 0.3, 0.5, 0.8};
    result.grid.a_interface = {0, 0, 0, 0, 0}, result.grid.b_interface = {0, 0.2, 0.4, 0.6, 1.0};
    const std::string rate = "kg kg-1 s-1";
    result.inputs = {{"q", "specific_humidity", "kg kg-1", true, 0, levels},
                     {"ps", "surface_air_pressure", "Pa", false, 4, 1},
                     {"evaporation", "", "W m-2", false, 5, 1, std::nullopt, "positive upward"}};
    result.outputs = {{"dT", "", "K s-1", true, 0, levels},
                      {"dq", "", rate, true, 4, levels},
                      {"dl", "", rate, true, 8, levels},
                      {"rain", "", "m s-1", false, 12, 1, std::nullopt, "positive downward"},
                      {"snow", "", "kg m-2 s-1", false, 13, 1, std::nullopt, "positive upward"},
                      {"top", "", "m", false, 14, 1, std::nullopt, "none"}};
    result.constants = {{"gravity", gravity}, {"specific_heat_of_dry_air", cp}, {"latent_heat_of_vaporization", lv},
                        {"latent_heat_of_sublimation", ls}, {"tendency_interval", 1800.0}};
    return result;
}

Manifest with_range(double low, double high) {
    Manifest result = manifest();
    result.output_range = Range{std::vector<double>(15, low), std::vector<double>(15, high)};
    return result;
}

double mass(std::int64_t k) { return std::vector<double>{0.2, 0.2, 0.2, 0.4}[static_cast<std::size_t>(k)] * 1.0e5 / gravity; }

const std::vector<double> column_in{1e-6, 2e-3, 8e-3, 1.5e-2, 1.0e5, 100.0};
const std::vector<double> column_out{0, 3e-5, -2e-5, 5e-5, 0, -4e-8, 1e-8, -9e-8, 0, 1e-9, 2e-9, 0, 3e-8, -2e-6, 9000};

double sum(const std::vector<double>& rows, std::size_t first) {
    double total = 0.0;
    for (std::size_t k = 0; k < levels; ++k) total += rows[first + k] * mass(static_cast<std::int64_t>(k));
    return total;
}

double turnover(const std::vector<double>& rows, std::size_t first) {
    double total = 0.0;
    for (std::size_t k = 0; k < levels; ++k) total += std::abs(rows[first + k]) * mass(static_cast<std::int64_t>(k));
    return total;
}

std::vector<double> fixed(const Manifest& scheme, const char* kind, const char* roles, double& size,
                          std::vector<double> rows = column_out) {
    const std::int32_t flag = 0;
    Fixer(scheme, kind, roles).apply<double>(column_in.data(), rows.data(), 1, 1, &flag, 3, &size);
    return rows;
}

void expect_refused(const Manifest& scheme, const char* kind, const char* roles, const char* word) {
    try {
        Fixer(scheme, kind, roles);
        expect(false, std::string(kind) + " is refused: " + roles);
    } catch (const Error& problem) {
        expect(std::string(problem.what()).find(word) != std::string::npos, std::string(problem.what()) + " names " + word);
    }
}

void one_rain_rate_closes_the_water() {
    double size = 0.0;
    const auto after = fixed(manifest(), "column_water_flux_closure",
                             "tendency=dq, humidity=q, precipitation=rain, liquid=dl, evaporation=evaporation", size);
    const double net = column_in[5] / lv - 1000.0 * column_out[12];
    expect(near(sum(after, 4) + sum(after, 8), net, turnover(after, 4)), "vapour and liquid gain evaporation less rain");
    expect(near(size, sum(after, 4) - sum(column_out, 4), turnover(after, 4)) && size != 0.0, "the correction is the change of the integral");
    expect(std::equal(after.begin() + 8, after.end(), column_out.begin() + 8), "nothing but the vapour changes");
    const double share = (after[5] - column_out[5]) / (after[4] - column_out[4]);
    double vapour = 0.0;
    for (std::size_t k = 0; k < levels; ++k) vapour += column_in[k] * mass(static_cast<std::int64_t>(k));
    const auto weight = [&](std::size_t k) {
        return std::abs(column_out[4 + k]) + std::abs(column_out[8 + k]) + std::abs(net) * column_in[k] / vapour;
    };
    expect(std::abs(share / (weight(1) / weight(0)) - 1.0) < 1e-9, "by turnover, and by vapour for the fluxes");
    const auto dry = fixed(manifest(), "column_water_flux_closure", "tendency=dq, humidity=q, precipitation=rain", size);
    expect(near(sum(dry, 4), -1000.0 * column_out[12], turnover(dry, 4)), "without evaporation and liquid");
}

void moist_enthalpy_is_closed() {
    double size = 0.0;
    const auto after = fixed(manifest(), "column_energy_closure", "heating=dT, moistening=dq", size);
    expect(near(cp * sum(after, 0), -lv * sum(after, 4), cp * turnover(after, 0)), "heating balances drying");
    expect(after[0] == 0.0, "a level without tendencies stays as it is");
    expect(near(size, cp * (sum(after, 0) - sum(column_out, 0)), cp * turnover(after, 0)), "the correction, W m-2");
    const auto frozen = fixed(manifest(), "column_energy_closure", "heating=dT, moistening=dq, ice=dl, snowfall=snow", size);
    const double gained = cp * sum(frozen, 0) + lv * sum(frozen, 4) - (ls - lv) * sum(frozen, 8);
    expect(near(gained, (ls - lv) * -column_out[13], cp * turnover(frozen, 0)), "freezing releases heat, and so does snow that falls");
}

void limits_keep_the_integral() {
    double size = 0.0;
    const auto after = fixed(with_range(-5e-8, 2e-8), "output_limits", "variable=dq", size);
    expect(size == 1.0 && after[7] == -5e-8, "one level was beyond its limits");
    expect(near(sum(after, 4), sum(column_out, 4), turnover(column_out, 4)), "the column's integral is kept");
    expect(std::all_of(after.begin() + 4, after.begin() + 8, [](double x) { return x >= -5e-8 && x <= 2e-8; }), "no level is pushed beyond");
    expect(std::equal(after.begin() + 8, after.end(), column_out.begin() + 8), "the others are untouched");
    const auto full = fixed(with_range(-1e-8, 2e-8), "output_limits", "variable=dq", size);
    expect(size == 2.0 && std::all_of(full.begin() + 4, full.begin() + 8, [](double x) { return x == -1e-8; }), "without room every level is at its limit");
    const auto wide = fixed(with_range(-1e-8, 2e-8), "output_limits", "variable=dq, margin=4", size);
    expect(size == 0.0 && wide == column_out, "the margin widens by the largest limit");
    const auto both = fixed(with_range(0, 1), "output_limits", "variable=top, variable=rain", size);
    expect(size == 1.0 && both[14] == 1.0 && both[12] == column_out[12], "values per column are cut off");
    Manifest without_mass = with_range(0, 1);
    without_mass.inputs.pop_back(), without_mass.inputs.pop_back();
    expect(fixed(without_mass, "output_limits", "variable=top", size)[14] == 1.0, "which needs no surface pressure");
    expect_refused(without_mass, "output_limits", "variable=dq", "surface_air_pressure");
}

void what_does_not_fit_is_refused() {
    const Manifest scheme = with_range(0, 1);
    expect_refused(manifest(), "output_limits", "variable=dq", "envelope.outputs");
    expect_refused(scheme, "output_limits", "margin=1", "'variable'");
    expect_refused(scheme, "output_limits", "variable=dq, margin=-1", "'-1'");
    expect_refused(scheme, "output_limits", "variable=dq, margin=1x", "'1x'");
    expect_refused(scheme, "output_limits", "variable=dq, margin=1, margin=2", "'margin'");
    expect_refused(scheme, "column_water_flux_closure", "tendency=dq, humidity=q, precipitation=dl", "a profile");
    expect_refused(scheme, "column_water_flux_closure", "tendency=dq, humidity=q, precipitation=top", "'m'");
    expect_refused(scheme, "column_water_closure", "tendency=dq, sink=rain", "one value per column");
    expect_refused(scheme, "column_water_closure", "tendency=dq, tendency=dl, sink=dl", "'tendency'");
    expect_refused(scheme, "column_energy_closure", "heating=dT, moistening=dq, precipitation=rain", "'precipitation'");
    Manifest undirected = manifest();
    undirected.outputs[3].sign = "none";
    expect_refused(undirected, "column_water_flux_closure", "tendency=dq, humidity=q, precipitation=rain", "upward or downward");
    Manifest by_height = manifest();
    by_height.grid = {{}, {}, {}, {}, {9e3, 5e3, 2e3, 1e2}};
    expect_refused(by_height, "column_energy_closure", "heating=dT, moistening=dq", "a vertical grid in pressure");
}

}  // namespace

int main() {
    one_rain_rate_closes_the_water();
    moist_enthalpy_is_closed();
    limits_keep_the_integral();
    what_does_not_fit_is_refused();
    return wrong;
}

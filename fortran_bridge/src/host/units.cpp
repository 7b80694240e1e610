#include "host/units.hpp"

#include <array>

#include "error.hpp"
#include "paramnet.h"

namespace paramnet {
namespace {

constexpr double seconds_per_day = 86400.0;

double constant(const Manifest& manifest, const char* name) {
    const auto found = manifest.constants.find(name);
    if (found == manifest.constants.end())
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    std::string("convert: expected the constant ") + name +
                        " in the scheme, got none; convert the array in the host");
    return found->second;
}

double gravity(const Manifest& manifest) { return constant(manifest, "gravity"); }
double heat_capacity(const Manifest& manifest) { return constant(manifest, "specific_heat_of_dry_air"); }

double water_density(const Manifest& manifest) {
    const auto found = manifest.constants.find("density_of_water");
    return found == manifest.constants.end() ? 1000.0 : found->second;
}

// host -> contract; each entry serves the opposite direction as well.
struct Entry {
    const char* host;
    const char* contract;
    Conversion (*conversion)(const Manifest&);
};

constexpr std::array<Entry, 8> table{{
    {"hPa", "Pa", [](const Manifest&) { return Conversion{100.0, 0}; }},
    {"g kg-1", "kg kg-1", [](const Manifest&) { return Conversion{1.0e-3, 0}; }},
    {"g kg-1 s-1", "kg kg-1 s-1", [](const Manifest&) { return Conversion{1.0e-3, 0}; }},
    // the heat a layer gains: W m-2 = cp dp/g dT/dt
    {"W m-2", "K s-1", [](const Manifest& m) { return Conversion{gravity(m) / heat_capacity(m), -1}; }},
    {"J kg-1 s-1", "K s-1", [](const Manifest& m) { return Conversion{1.0 / heat_capacity(m), 0}; }},
    // rain: a depth of liquid water
    {"mm day-1", "kg m-2 s-1", [](const Manifest& m) { return Conversion{1e-3 * water_density(m) / seconds_per_day, 0}; }},
    {"m s-1", "kg m-2 s-1", [](const Manifest& m) { return Conversion{water_density(m), 0}; }},
    {"mm day-1", "m s-1", [](const Manifest&) { return Conversion{1e-3 / seconds_per_day, 0}; }},
}};

}  // namespace

std::optional<Conversion> find_conversion(const std::string& host, const std::string& contract,
                                          const Manifest& manifest) {
    for (const Entry& entry : table) {
        if (host == entry.host && contract == entry.contract) return entry.conversion(manifest);
        if (host == entry.contract && contract == entry.host) {
            const Conversion forward = entry.conversion(manifest);
            return Conversion{1.0 / forward.scale, -forward.thickness_power};
        }
    }
    return std::nullopt;
}

}  // namespace paramnet

#include "host/units.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "error.hpp"
#include "paramnet.h"

namespace paramnet {
namespace {

// Exponents of kg, m, s, K, mol and of whatever else a unit is made of.
using Powers = std::map<std::string, int, std::less<>>;

struct Unit {
    Powers powers;
    double factor = 1.0;  // to the product of base units
    bool celsius = false;
};

struct Named {
    std::string_view name;
    double factor;
    int kg, m, s, kelvin;
};

// The units that preprocessing knows (paramnet.preprocessing.units); a word that is not here is its own base unit.
constexpr std::array<Named, 35> named{{
    {"kg", 1.0, 1, 0, 0, 0},       {"g", 1e-3, 1, 0, 0, 0},       {"mg", 1e-6, 1, 0, 0, 0},
    {"Pa", 1.0, 1, -1, -2, 0},     {"hPa", 1e2, 1, -1, -2, 0},    {"mb", 1e2, 1, -1, -2, 0},
    {"mbar", 1e2, 1, -1, -2, 0},   {"N", 1.0, 1, 1, -2, 0},       {"J", 1.0, 1, 2, -2, 0},
    {"kJ", 1e3, 1, 2, -2, 0},      {"W", 1.0, 1, 2, -3, 0},       {"kW", 1e3, 1, 2, -3, 0},
    {"m", 1.0, 0, 1, 0, 0},        {"mm", 1e-3, 0, 1, 0, 0},      {"cm", 1e-2, 0, 1, 0, 0},
    {"km", 1e3, 0, 1, 0, 0},       {"s", 1.0, 0, 0, 1, 0},        {"sec", 1.0, 0, 0, 1, 0},
    {"min", 60.0, 0, 0, 1, 0},     {"minute", 60.0, 0, 0, 1, 0},  {"h", 3600.0, 0, 0, 1, 0},
    {"hr", 3600.0, 0, 0, 1, 0},    {"hour", 3600.0, 0, 0, 1, 0},  {"d", 86400.0, 0, 0, 1, 0},
    {"day", 86400.0, 0, 0, 1, 0},  {"K", 1.0, 0, 0, 0, 1},        {"kelvin", 1.0, 0, 0, 0, 1},
    {"degK", 1.0, 0, 0, 0, 1},     {"degC", 1.0, 0, 0, 0, 1},     {"celsius", 1.0, 0, 0, 0, 1},
    {"Celsius", 1.0, 0, 0, 0, 1},  {"percent", 1e-2, 0, 0, 0, 0}, {"%", 1e-2, 0, 0, 0, 0},
    {"fraction", 1.0, 0, 0, 0, 0}, {"1", 1.0, 0, 0, 0, 0},
}};

bool is_celsius(std::string_view name) { return name == "degC" || name == "celsius" || name == "Celsius"; }

// "m-2" -> m, -2.  Empty name: no such word.
std::pair<std::string_view, int> split(std::string_view word) {
    const std::size_t end = word == "1" ? 1 : word.find_first_of("-0123456789");
    if (end >= word.size()) return {word, 1};
    const std::string_view digits = word.substr(end + (word[end] == '-'));
    if (digits.empty() || digits.size() > 2 || digits.find_first_not_of("0123456789") != std::string_view::npos) return {"", 0};
    const int power = std::atoi(std::string(digits).c_str());
    return {word.substr(0, end), word[end] == '-' ? -power : power};
}

void multiply(Unit& unit, std::string_view name, int power) {
    unit.celsius = unit.celsius || is_celsius(name);
    for (const Named& one : named) {
        if (one.name != name) continue;
        unit.factor *= std::pow(one.factor, power);
        const std::array<std::pair<const char*, int>, 4> bases{{{"kg", one.kg}, {"m", one.m}, {"s", one.s}, {"K", one.kelvin}}};
        for (const auto& [base, exponent] : bases) unit.powers[base] += exponent * power;
        return;
    }
    unit.powers[std::string(name)] += power;
}

// "W m-2", "g/kg", "kg kg**-1": products of powers, nothing else.
std::optional<Unit> parse(const std::string& text) {
    Unit unit;
    std::string word;
    int sign = 1;
    const auto finish = [&] {
        if (word.empty()) return true;
        const auto [name, power] = split(word);
        if (name.empty()) return false;
        multiply(unit, name, sign * power);
        word.clear();
        return true;
    };
    for (const char letter : text) {
        if (letter == '^' || letter == '*') continue;
        if (letter != ' ' && letter != '.' && letter != '/') {
            word += letter;
            continue;
        }
        if (!finish()) return std::nullopt;
        if (letter == '/') sign = -1;
    }
    if (!finish()) return std::nullopt;
    std::erase_if(unit.powers, [](const auto& item) { return item.second == 0; });
    return unit;
}

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

// One kind of quantity for another, in base units; each entry serves the opposite direction as well.
struct Bridge {
    const char* host;
    const char* contract;
    Conversion (*conversion)(const Manifest&);
};

constexpr std::array<Bridge, 3> bridges{{
    // the heat a layer gains: W m-2 = cp dp/g dT/dt
    {"W m-2", "K s-1", [](const Manifest& m) { return Conversion{gravity(m) / heat_capacity(m), 0.0, -1}; }},
    {"J kg-1 s-1", "K s-1", [](const Manifest& m) { return Conversion{1.0 / heat_capacity(m), 0.0, 0}; }},
    // rain: a depth of liquid water
    {"m s-1", "kg m-2 s-1", [](const Manifest& m) { return Conversion{water_density(m), 0.0, 0}; }},
}};

std::optional<Conversion> across(const Powers& host, const Powers& contract, const Manifest& manifest) {
    for (const Bridge& bridge : bridges) {
        const Powers one = parse(bridge.host)->powers, other = parse(bridge.contract)->powers;
        if (host == one && contract == other) return bridge.conversion(manifest);
        if (host != other || contract != one) continue;
        const Conversion forward = bridge.conversion(manifest);
        return Conversion{1.0 / forward.scale, 0.0, -forward.thickness_power};
    }
    return std::nullopt;
}

// What hosts write; for messages.
constexpr std::array<const char*, 17> usual{"hPa",         "Pa",          "degC",          "K",           "g kg-1",     "kg kg-1",
                                            "K day-1",     "J kg-1 s-1",  "W m-2",         "g kg-1 s-1",  "g kg-1 day-1", "kg kg-1 s-1",
                                            "mm day-1",    "mm h-1",      "m s-1",         "g m-2 s-1",   "kg m-2 s-1"};

}  // namespace

std::optional<Conversion> find_conversion(const std::string& host, const std::string& contract,
                                          const Manifest& manifest) {
    const std::optional<Unit> from = parse(host), to = parse(contract);
    if (!from || !to) return std::nullopt;
    std::optional<Conversion> found = Conversion{};
    if (from->powers != to->powers) found = across(from->powers, to->powers, manifest);
    if (!found) return std::nullopt;
    found->scale *= from->factor / to->factor;
    const bool plain = from->powers == Powers{{"K", 1}};  // a difference, a rate, a gradient has no zero to shift
    if (plain) found->shift = 273.15 * (static_cast<int>(from->celsius) - static_cast<int>(to->celsius));
    return found;
}

std::vector<std::string> usual_units(const std::string& contract, const Manifest& manifest) {
    std::vector<std::string> names;
    for (const char* name : usual) {
        try {
            if (name != contract && find_conversion(name, contract, manifest)) names.emplace_back(name);
        } catch (const Error&) {
            continue;  // a constant that this scheme does not have
        }
    }
    return names;
}

}  // namespace paramnet

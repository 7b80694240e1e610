#include "scheme/units.hpp"

#include <array>
#include <cctype>

#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/unit_words.hpp"

namespace paramnet {
namespace {

// "W m-2", "g/kg", "kg kg**-1": products of powers; "/" applies to the next word only, as in UDUNITS.
std::optional<Unit> parse(const std::string& text) {
    Unit unit;
    std::string word;
    int sign = 1, words = 0;
    const auto finish = [&] {
        if (word.empty()) return true;
        const bool known = multiply(unit, word, sign);
        word.clear();
        sign = 1;
        words += 1;
        return known;
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter == '^' || (letter == '*' && at + 1 < text.size() && text[at + 1] == '*')) {
            at += letter == '*';
            continue;  // a power directly follows its word
        }
        const bool point = letter == '.' && !(at > 0 && std::isdigit(static_cast<unsigned char>(text[at - 1])));
        if (letter != ' ' && letter != '*' && letter != '/' && !point) {
            word += letter;
            continue;
        }
        if (!finish()) return std::nullopt;
        if (letter == '/') sign = -1;
    }
    if (!finish()) return std::nullopt;
    if (words > 1) unit.offset = 0.0;  // a rate or a gradient has no offset
    std::erase_if(unit.powers, [](const auto& item) { return item.second == 0; });
    return unit;
}

double constant(const Manifest& manifest, const char* name) {
    const auto found = manifest.constants.find(name);
    if (found == manifest.constants.end())
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = "convert", .expected = std::string("the constant ") + name + " in the scheme", .got = "none",
                     .remedy = "convert the array in the host"});
    return found->second;
}

double gravity(const Manifest& manifest) { return constant(manifest, "gravity"); }
double heat_capacity(const Manifest& manifest) { return constant(manifest, "specific_heat_of_dry_air"); }

double water_density(const Manifest& manifest) {
    const auto found = manifest.constants.find("density_of_water");
    return found == manifest.constants.end() ? 1000.0 : found->second;
}

// Conversions between quantities, in base units; each entry also holds for the opposite direction.
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

// Usual units of hosts, for messages.
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
    found->shift = (from->offset - to->offset) / to->factor;
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

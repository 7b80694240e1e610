#include "scheme/unit_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace paramnet {
namespace {

// The rows are those of paramnet.contract.unit_words with these base units; a test compares them.
struct Named {
    std::string_view symbol;
    std::array<std::string_view, 3> names;
    double factor;
    int kg, m, s, kelvin, mol;
    bool takes_prefix;
};

constexpr std::array<Named, 27> table{{
    {"m", {"meter", "metre"}, 1.0, 0, 1, 0, 0, 0, true},
    {"g", {"gram"}, 1e-3, 1, 0, 0, 0, 0, true},
    {"s", {"second", "sec"}, 1.0, 0, 0, 1, 0, 0, true},
    {"K", {"kelvin"}, 1.0, 0, 0, 0, 1, 0, true},
    {"mol", {"mole"}, 1.0, 0, 0, 0, 0, 1, true},
    {"Hz", {"hertz"}, 1.0, 0, 0, -1, 0, 0, true},
    {"Pa", {"pascal"}, 1.0, 1, -1, -2, 0, 0, true},
    {"bar", {"bar"}, 1e5, 1, -1, -2, 0, 0, true},
    {"N", {"newton"}, 1.0, 1, 1, -2, 0, 0, true},
    {"J", {"joule"}, 1.0, 1, 2, -2, 0, 0, true},
    {"W", {"watt"}, 1.0, 1, 2, -3, 0, 0, true},
    {"min", {"minute"}, 60.0, 0, 0, 1, 0, 0, false},
    {"h", {"hr", "hour"}, 3600.0, 0, 0, 1, 0, 0, false},
    {"d", {"day"}, 86400.0, 0, 0, 1, 0, 0, false},
    {"week", {"week"}, 604800.0, 0, 0, 1, 0, 0, false},
    {"t", {"tonne"}, 1e3, 1, 0, 0, 0, 0, false},
    {"atm", {"atmosphere"}, 101325.0, 1, -1, -2, 0, 0, false},
    {"mmHg", {"torr"}, 133.322387415, 1, -1, -2, 0, 0, false},
    {"erg", {"erg"}, 1e-7, 1, 2, -2, 0, 0, false},
    {"cal", {"calorie"}, 4.1868, 1, 2, -2, 0, 0, false},
    {"ft", {"foot", "feet"}, 0.3048, 0, 1, 0, 0, 0, false},
    {"in", {"inch", "inches"}, 0.0254, 0, 1, 0, 0, 0, false},
    {"kt", {"knot"}, 1852.0 / 3600.0, 0, 1, -1, 0, 0, false},
    {"%", {"percent"}, 1e-2, 0, 0, 0, 0, 0, false},
    {"mb", {}, 1e2, 1, -1, -2, 0, 0, false},
    {"gpm", {}, 1.0, 0, 1, 0, 0, 0, false},
    {"fraction", {"fraction", "unitless", "dimensionless"}, 1.0, 0, 0, 0, 0, 0, false},
}};

struct Prefix {
    std::string_view symbol, name;
    double factor;
};

constexpr std::array<Prefix, 14> prefixes{{{"T", "tera", 1e12}, {"G", "giga", 1e9},   {"M", "mega", 1e6},  {"k", "kilo", 1e3},
                                           {"h", "hecto", 1e2}, {"da", "deka", 1e1},  {"d", "deci", 1e-1}, {"c", "centi", 1e-2},
                                           {"m", "milli", 1e-3}, {"u", "micro", 1e-6}, {"µ", "micro", 1e-6}, {"μ", "micro", 1e-6},
                                           {"n", "nano", 1e-9}, {"p", "pico", 1e-12}}};

constexpr double zero_celsius = 273.15;

std::string lower_case(std::string_view word) {
    std::string result(word);
    std::ranges::transform(result, result.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

// Any of a unit's names, in any case, singular or plural.
bool is_called(const Named& unit, std::string_view word) {
    const std::string lower = lower_case(word);
    for (const std::string_view name : unit.names)
        if (!name.empty() && (lower == name || lower == std::string(name) + "s")) return true;
    return false;
}

const Named* find(std::string_view word, bool with_prefix) {
    for (const Named& unit : table)
        if ((!with_prefix || unit.takes_prefix) && (word == unit.symbol || is_called(unit, word))) return &unit;
    return nullptr;
}

// "degC", "deg_C", "degrees_celsius", "Celsius", "degK"; but not "c".
std::optional<double> temperature_zero(std::string_view word) {
    std::string rest = lower_case(word);
    for (const std::string_view degree : {"degrees", "degree", "degs", "deg", "\u00b0"}) {
        if (!rest.starts_with(degree)) continue;
        rest.erase(0, degree.size());
        if (rest.starts_with('_')) rest.erase(0, 1);
        break;
    }
    if (rest.size() == word.size() && rest.size() == 1) return std::nullopt;
    if (rest == "c" || rest == "celsius") return zero_celsius;
    if (rest == "k" || rest == "kelvin" || rest == "kelvins") return 0.0;
    return std::nullopt;
}

void multiply_by(Unit& unit, const Named& named, double prefix, int power) {
    unit.factor *= std::pow(named.factor * prefix, power);
    const std::array<std::pair<const char*, int>, 4> bases{{{"kg", named.kg}, {"m", named.m}, {"s", named.s}, {"K", named.kelvin}}};
    for (const auto& [base, exponent] : bases) unit.powers[base] += exponent * power;
    if (named.mol != 0) unit.powers[power > 0 ? "mol+" : "mol-"] += power;
}

// "m-2" -> m, -2.  Power 0: no such word.
std::pair<std::string_view, int> split(std::string_view word) {
    const std::size_t end = word.find_first_of("+-0123456789");
    if (end == word.npos) return {word, 1};
    const char* const first = word.data() + end + (word[end] == '+');
    int power = 0;
    const auto [last, problem] = std::from_chars(first, word.data() + word.size(), power);
    const bool whole = problem == std::errc() && last == word.data() + word.size() && std::abs(power) < 100;
    return {word.substr(0, end), whole ? power : 0};
}

}  // namespace

bool multiply(Unit& unit, std::string_view word, int sign) {
    double number = 0.0;
    const auto [last, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (problem == std::errc() && last == word.data() + word.size() && number > 0.0 && std::isfinite(number)) {
        unit.factor *= sign > 0 ? number : 1.0 / number;
        return true;
    }
    const auto [name, power] = split(word);
    if (name.empty() || power == 0) return false;
    if (const Named* const named = find(name, false)) return multiply_by(unit, *named, 1.0, sign * power), true;
    if (const auto zero = temperature_zero(name)) {
        if (sign * power == 1) unit.offset = *zero;
        return multiply_by(unit, *find("K", false), 1.0, sign * power), true;
    }
    for (const Prefix& prefix : prefixes) {
        for (const std::string_view start : {prefix.symbol, prefix.name}) {
            if (!(start == prefix.symbol ? name.starts_with(start) : lower_case(name).starts_with(start))) continue;
            if (const Named* const named = find(name.substr(start.size()), true))
                return multiply_by(unit, *named, prefix.factor, sign * power), true;
        }
    }
    return false;
}

}  // namespace paramnet

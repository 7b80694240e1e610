#include "scheme/fixer_roles.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "common/error.hpp"
#include "paramnet.h"
#include "scheme/units.hpp"

namespace paramnet {
namespace {

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

constexpr auto first_of_pair = &std::pair<std::string, std::string>::first;

}  // namespace

FixerRoles::FixerRoles(const Manifest& manifest, std::string fixer, const std::string& text)
    : manifest_(manifest), fixer_(std::move(fixer)) {
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t last = std::min(text.find(',', first), text.size());
        const std::string item = text.substr(first, last - first);
        const std::size_t equals = item.find('=');
        if (equals == std::string::npos)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = fixer_, .expected = "roles as 'role=variable, ...'", .got = "'" + text + "'"});
        left_.emplace_back(trimmed(item.substr(0, equals)), trimmed(item.substr(equals + 1)));
        first = last + 1;
    }
}

bool FixerRoles::has(const std::string& role) const { return std::ranges::find(left_, role, first_of_pair) != left_.end(); }

std::string FixerRoles::take(const std::string& role) {
    const auto found = std::ranges::find(left_, role, first_of_pair);
    if (found == left_.end())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = fixer_, .expected = "the role '" + role + "'", .got = "none"});
    const std::string value = found->second;
    left_.erase(found);
    return value;
}

std::int64_t FixerRoles::profile(const char* role, const std::vector<Variable>& variables, const char* direction,
                                 const char* units) {
    const Variable& variable = find_variable(variables, direction, take(role));
    if (variable.units != units || !variable.profile)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = fixer_ + ": " + role, .expected = std::string("a profile in '") + units + "'",
                     .got = variable.name + " in '" + variable.units + "'" + (variable.profile ? "" : ", one value per column")});
    return variable.offset;
}

FluxRow FixerRoles::flux_of_output(const char* role, const char* units, const std::string& enters) {
    return flux(role, manifest_.outputs, "output", units, enters);
}

FluxRow FixerRoles::flux_of_input(const char* role, const char* units, const std::string& enters) {
    return flux(role, manifest_.inputs, "input", units, enters);
}

std::vector<const Variable*> FixerRoles::outputs(const std::string& role) {
    std::vector<const Variable*> found{&find_variable(manifest_.outputs, "output", take(role))};
    while (has(role)) found.push_back(&find_variable(manifest_.outputs, "output", take(role)));
    return found;
}

double FixerRoles::number(const std::string& role, double otherwise) {
    if (!has(role)) return otherwise;
    const std::string word = take(role);
    double value = -1.0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failure != std::errc() || end != word.data() + word.size() || !(value >= 0.0) || !std::isfinite(value))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = fixer_ + ": " + role, .expected = "a number of 0 or more", .got = "'" + word + "'"});
    return value;
}

void FixerRoles::finish() const {
    if (!left_.empty())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = fixer_, .expected = "roles of this fixer, each once", .got = "'" + left_.front().first + "'"});
}

double FixerRoles::constant(const char* name) const {
    const auto found = manifest_.constants.find(name);
    if (found == manifest_.constants.end())
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = fixer_, .expected = std::string("the constant ") + name + " in the scheme", .got = "none"});
    return found->second;
}

std::int64_t FixerRoles::surface_pressure() const {
    if (!manifest_.grid.has_pressure())
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = fixer_, .expected = "a vertical grid in pressure, for the masses of levels", .got = "another"});
    for (const Variable& variable : manifest_.inputs)
        if (variable.standard_name == "surface_air_pressure" && variable.units == "Pa") return variable.offset;
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = fixer_, .expected = "an input with standard_name surface_air_pressure in Pa", .got = "none"});
}

FluxRow FixerRoles::flux(const char* role, const std::vector<Variable>& variables, const char* direction, const char* units,
                         const std::string& enters) {
    const Variable& variable = find_variable(variables, direction, take(role));
    const auto refuse = [&](const std::string& expected, const std::string& got) {
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH, {.what = fixer_ + ": " + role, .expected = expected, .got = got});
    };
    if (variable.profile) refuse("one value per column", variable.name + ", a profile");
    const bool energy = std::string(units) == "W m-2";
    double factor = 1.0;
    if (const auto same = find_conversion(variable.units, units, manifest_); same && same->thickness_power == 0)
        factor = same->scale;
    else if (const auto other = find_conversion(variable.units, energy ? "kg m-2 s-1" : "W m-2", manifest_); other && other->thickness_power == 0)
        factor = other->scale * (energy ? constant("latent_heat_of_vaporization") : 1.0 / constant("latent_heat_of_vaporization"));
    else
        refuse("kg m-2 s-1, m s-1 or W m-2", variable.name + " in '" + variable.units + "'");
    const bool upward = variable.sign.find("upward") != std::string::npos;
    if (!upward && variable.sign.find("downward") == std::string::npos)
        refuse("a contract whose `sign` says upward or downward", "'" + variable.sign + "' of " + variable.name);
    return {&variables == &manifest_.outputs, variable.offset, (upward == (enters == "upward")) ? factor : -factor};
}

}  // namespace paramnet

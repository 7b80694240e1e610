#include "scheme/bindings.hpp"

#include <algorithm>

#include "common/error.hpp"
#include "common/half_levels.hpp"
#include "scheme/fixers.hpp"
#include "scheme/units.hpp"

namespace paramnet {
namespace {

constexpr std::int32_t known_options = PARAMNET_ARRAY_DEVICE | PARAMNET_ARRAY_BOTTOM_FIRST | PARAMNET_ARRAY_CONVERT;

std::string quoted(const std::string& word) { return "'" + word + "'"; }

Variable not_in_contract(const char* name, const char* units, bool profile, std::int64_t offset, std::int64_t size) {
    return {name, "", units, profile, offset, size, std::nullopt};
}

std::vector<Variable> correction_variables() {
    std::vector<Variable> variables;
    for (const FixerKind& kind : fixer_kinds)
        variables.push_back(not_in_contract(kind.correction_name, kind.correction_units, false,
                                            static_cast<std::int64_t>(variables.size()), 1));
    return variables;
}

std::string convertible(const Variable& variable, const Manifest& manifest) {
    std::string names;
    for (const std::string& name : usual_units(variable.units, manifest)) names += (names.empty() ? "" : ", ") + quoted(name);
    return names.empty() ? names : " (convert would take " + names + " and other spellings of these)";
}

// Conversion of the host's numbers to the contract's.
Conversion conversion(const Variable& variable, const std::string& units, bool convert, const Manifest& manifest) {
    if (units == variable.units) return {};
    const auto known = find_conversion(units, variable.units, manifest);
    std::string advice;
    if (known && (known->thickness_power == 0 || variable.profile)) {
        if (convert) return *known;
        advice = "ask for the conversion when binding (convert), or bind it with the scheme's units";
    } else {
        advice = "convert the array in the host and bind it with the scheme's units" + convertible(variable, manifest);
    }
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = variable.name, .expected = "units " + quoted(variable.units), .got = quoted(units),
                 .remedy = advice});
}

}  // namespace

void require_array(const std::string& what, const paramnet_array& array) {
    const auto fail = [&](const std::string& expected, const std::string& got) {
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = what, .expected = expected, .got = got});
    };
    if (array.kind != PARAMNET_REAL32 && array.kind != PARAMNET_REAL64)
        fail("kind PARAMNET_REAL32 (4) or PARAMNET_REAL64 (8)", std::to_string(array.kind));
    if ((array.options & ~known_options) != 0)
        fail("options of PARAMNET_ARRAY_*", std::to_string(array.options));
    if (array.columns < 0 || array.levels < 0)
        fail("extents of 0 or more",
             std::to_string(array.columns) + " columns, " + std::to_string(array.levels) + " levels");
    if (array.data == nullptr && array.columns > 0 && array.levels > 0) fail("an address", "NULL");
}

Field make_field(const paramnet_array& array, std::int64_t row) {
    static double nothing = 0.0;  // a rank without columns has no address; run never reads it, but it counts as bound
    Field field;
    field.data = array.data == nullptr ? &nothing : array.data;
    field.column_stride = array.column_stride;
    field.level_stride = array.level_stride;
    field.row = row;
    field.rows = array.levels;
    field.kind = array.kind;
    field.on_device = (array.options & PARAMNET_ARRAY_DEVICE) != 0;
    if ((array.options & PARAMNET_ARRAY_BOTTOM_FIRST) != 0 && array.data != nullptr && array.levels > 1) {
        field.data = static_cast<char*>(array.data) + (array.levels - 1) * array.level_stride * array.kind;
        field.level_stride = -array.level_stride;
    }
    return field;
}

Bindings::Bindings(const Manifest& manifest)
    : manifest_(manifest),
      thickness_variable_{not_in_contract(thickness_name, "Pa", true, 0, manifest.grid.levels())},
      correction_variables_(correction_variables()),
      inputs_("input", manifest.inputs),
      outputs_("output", manifest.outputs),
      thickness_("input", thickness_variable_),
      corrections_("output", correction_variables_),
      input_perturbations_("input", manifest.inputs),
      output_perturbations_("output", manifest.outputs) {}

void Bindings::bind_input(const std::string& name, const std::string& units, const paramnet_array& array) {
    bind(name == thickness_name ? thickness_ : inputs_, name, units, array);
}

void Bindings::bind_output(const std::string& name, const std::string& units, const paramnet_array& array) {
    const std::string correction = present_name(name);
    for (const Variable& variable : correction_variables_)
        if (variable.name == correction) {
            bind(corrections_, correction, units, array);
            return;
        }
    bind(outputs_, name, units, array);
}

void Bindings::bind_input_perturbation(const std::string& name, const std::string& units, const paramnet_array& array) {
    bind(input_perturbations_, name, units, array).shift = 0.0;
}

void Bindings::bind_output_perturbation(const std::string& name, const std::string& units, const paramnet_array& array) {
    bind(output_perturbations_, name, units, array).shift = 0.0;
}

Field& Bindings::bind(Side& side, const std::string& name, const std::string& units, const paramnet_array& array) {
    const Variable& variable = find_variable(side.variables, side.direction, name);
    const auto index = static_cast<std::size_t>(&variable - side.variables.data());
    const Conversion found =
        conversion(variable, units, (array.options & PARAMNET_ARRAY_CONVERT) != 0, manifest_);
    require_array(name, array);
    if (array.levels != variable.size)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = name,
                     .expected = std::to_string(variable.size) + " level(s) (" +
                         (variable.profile ? "a profile" : "one value per column") + ")",
                     .got = std::to_string(array.levels),
                     .remedy = variable.profile && on_half_levels(array.levels, variable.size)
                                   ? half_levels_remedy
                                   : "bind a section with the scheme's levels, or check the layout"});
    Field field = make_field(array, variable.offset);
    if (field.on_device && (found.thickness_power != 0 || (&side != &inputs_ && &side != &outputs_)))
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = name, .expected = "host memory", .got = "a device's",
                     .remedy = "corrections, perturbations and conversions by layer mass are made on the host"});
    field.scale = found.scale;
    field.shift = found.shift;
    field.thickness_power = found.thickness_power;
    if (found.thickness_power != 0) field.thickness = thickness_.fields.data();
    if (side.fields[index].data == nullptr || !alike(side.fields[index], field)) side.fresh.store(true);
    side.fields[index] = field;
    side.columns[index] = array.columns;
    return side.fields[index];
}

bool Bindings::on_device() const {
    std::size_t there = 0;
    for (const Side* side : {&inputs_, &outputs_})
        for (const Field& field : side->fields) there += field.on_device;
    if (there != 0 && there != inputs_.fields.size() + outputs_.fields.size())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "run", .expected = "all arrays in host memory or all in the device's",
                     .got = "some of each", .remedy = "bind them alike"});
    return there != 0;
}

void Bindings::require_bound(const Side& side) const {
    std::string missing;
    for (std::size_t index = 0; index < side.fields.size(); ++index)
        if (side.fields[index].data == nullptr) missing += (missing.empty() ? "" : ", ") + side.variables[index].name;
    if (!missing.empty())
        throw Error(PARAMNET_STATUS_UNBOUND,
                    {.what = "run", .expected = std::string("every ") + side.direction + " bound",
                     .got = "not bound: " + missing,
                     .remedy = std::string("call bind_") + side.direction + " for each before run"});
    require_thickness(side);
}

void Bindings::require_thickness(const Side& side) const {
    const auto by_thickness = [](const Field& field) { return field.thickness_power != 0; };
    if (std::ranges::any_of(side.fields, by_thickness) && thickness_.fields.front().data == nullptr)
        throw Error(PARAMNET_STATUS_UNBOUND,
                    {.what = "run", .expected = "the host's pressure thickness for the conversion of W m-2",
                     .remedy = std::string("call bind_input('") + thickness_name +
                         "', 'Pa', ...) with dp > 0 of each level"});
}

void Bindings::require_extent(const Side& side, std::int64_t first, std::int64_t columns) const {
    for (std::size_t index = 0; index < side.fields.size(); ++index)
        if (side.fields[index].data != nullptr && side.columns[index] - columns < first)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = side.variables[index].name,
                         .expected = "at least " + std::to_string(first + columns) + " columns (" +
                             (first == 0 ? "" : "first + ") + "ncol of run)",
                         .got = "an array of " + std::to_string(side.columns[index]),
                         .remedy = "bind the whole array or lower ncol"});
}

void Bindings::require_columns(std::int64_t first, std::int64_t columns) const {
    require_bound(inputs_);
    require_bound(outputs_);
    for (const Side* side : {&inputs_, &outputs_, &thickness_, &corrections_}) require_extent(*side, first, columns);
}

void Bindings::require_inputs(std::int64_t columns) const {
    require_bound(inputs_);
    require_extent(inputs_, 0, columns);
    require_extent(thickness_, 0, columns);
}

void Bindings::require_perturbations(std::int64_t columns) const {
    for (const Side* side : {&input_perturbations_, &output_perturbations_}) {
        const auto bound = [](const Field& field) { return field.data != nullptr; };
        if (std::ranges::none_of(side->fields, bound))
            throw Error(PARAMNET_STATUS_UNBOUND,
                        {.what = "derivative", .expected = std::string("the perturbation of one ") + side->direction + " at least",
                         .got = "none bound",
                         .remedy = std::string("call bind_") + side->direction + "_perturbation for each variable that is perturbed"});
        require_thickness(*side);
        require_extent(*side, 0, columns);
    }
    require_extent(thickness_, 0, columns);
}

}  // namespace paramnet

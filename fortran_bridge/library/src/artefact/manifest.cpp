#include "artefact/manifest.hpp"

#include <algorithm>
#include <utility>

#include "artefact/json_reader.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

VerticalGrid read_grid(const JsonReader& section) {
    if (const std::string order = section.string("order"); order != "top_first")
        section.fail("order", "'top_first'", "'" + order + "'");
    VerticalGrid grid;
    const std::string kind = section.has("kind") ? section.string("kind") : "hybrid";
    if (kind == "none") return grid;
    if (kind == "height") {
        grid.height = section.numbers("height", -1);
        if (grid.height.empty()) section.fail("height", "at least one level", "none");
        return grid;
    }
    if (kind != "hybrid" && kind != "sigma") section.fail("kind", "'sigma', 'hybrid', 'height' or 'none'", "'" + kind + "'");
    grid.a_mid = section.numbers("a_mid", -1);
    const std::int64_t levels = grid.levels();
    if (levels == 0) section.fail("a_mid", "at least one level", "none");
    grid.b_mid = section.numbers("b_mid", levels);
    grid.a_interface = section.numbers("a_interface", levels + 1);
    grid.b_interface = section.numbers("b_interface", levels + 1);
    return grid;
}

std::vector<Variable> read_variables(const JsonReader& root, const char* key, std::int64_t levels) {
    const Json& list = root.at(key);
    if (!list.is_array() || list.array().empty()) root.fail(key, "a list of at least one variable", list.quote());
    std::vector<Variable> variables;
    std::int64_t position = 0;
    for (std::size_t index = 0; index < list.array().size(); ++index) {
        const JsonReader item(list.array()[index], root.where(), std::string(key) + "[" + std::to_string(index) + "]");
        Variable variable;
        variable.name = item.string("name");
        variable.standard_name = item.has("standard_name") ? item.string("standard_name") : std::string();
        variable.units = item.string("units");
        variable.profile = item.boolean("profile");
        variable.offset = item.integer("offset");
        variable.size = item.integer("size");
        for (const Variable& other : variables)
            if (other.name == variable.name) item.fail("name", "a name used once", "'" + variable.name + "' again");
        if (variable.profile && levels == 0) item.fail("profile", "false in a scheme without levels", "true");
        const std::int64_t size = variable.profile ? levels : 1;
        if (variable.size != size) item.fail("size", std::to_string(size), std::to_string(variable.size));
        if (variable.offset != position)
            item.fail("offset", std::to_string(position), std::to_string(variable.offset));
        position += size;
        variables.push_back(std::move(variable));
    }
    return variables;
}

// Valid range and sign from the contract's list of variables; schemes written by other programs may have none.
void read_contract_rows(const JsonReader& contract, const char* key, std::vector<Variable>& variables) {
    if (!contract.has(key)) return;
    const Json& list = contract.at(key);
    if (!list.is_array()) contract.fail(key, "a list of variables", list.quote());
    for (std::size_t index = 0; index < list.array().size(); ++index) {
        const JsonReader item(list.array()[index], contract.where(), "contract." + std::string(key) + "[" + std::to_string(index) + "]");
        if (!item.has("valid_range") && !item.has("sign")) continue;
        const std::string name = item.string("name");
        const auto found = std::ranges::find(variables, name, &Variable::name);
        if (found != variables.end() && item.has("sign")) found->sign = item.string("sign");
        if (!item.has("valid_range")) continue;
        const std::vector<double> range = item.numbers("valid_range", 2);
        if (!(range[0] < range[1])) item.fail("valid_range", "[low, high] with low < high", text(range[0]) + ", " + text(range[1]));
        if (found != variables.end()) found->valid_range = ValidRange{range[0], range[1]};
    }
}

std::optional<Range> read_range(const JsonReader& root, const char* key, std::int64_t width) {
    if (!root.has("envelope")) return std::nullopt;
    const JsonReader envelope = root.object("envelope");
    if (!envelope.has(key)) return std::nullopt;
    const JsonReader section = envelope.object(key);
    Range range{section.numbers("min", width), section.numbers("max", width)};
    for (std::size_t position = 0; position < range.minimum.size(); ++position)
        if (!(range.minimum[position] <= range.maximum[position]))
            section.fail("max", "at least min at position " + std::to_string(position),
                         text(range.maximum[position]) + " below " + text(range.minimum[position]));
    return range;
}

std::map<std::string, double> read_constants(const JsonReader& root) {
    std::map<std::string, double> constants;
    const JsonReader section = root.object("constants");
    for (const auto& [name, value] : root.at("constants").object()) constants[name] = section.number(name.c_str());
    const JsonReader contract = root.object("contract");
    for (const char* name : {"time_step", "tendency_interval"})
        if (contract.has(name)) constants[name] = contract.number(name);
    return constants;
}

constexpr std::int64_t most_carried = 65536;  // as rows of a program

std::vector<StateVariable> read_state(const JsonReader& root) {
    std::vector<StateVariable> state;
    if (!root.has("state")) return state;
    const Json::Array& list = root.array("state", most_carried);
    for (std::size_t index = 0; index < list.size(); ++index) {
        const JsonReader item(list[index], root.where(), "state[" + std::to_string(index) + "]");
        item.only({"name", "start"});
        StateVariable one{item.string("name"), {}};
        for (const double value : item.numbers("start", -1)) one.start.push_back(static_cast<float>(value));
        if (one.start.empty() || std::cmp_greater(one.start.size(), most_carried))
            item.fail("start", "1 to " + std::to_string(most_carried) + " numbers", std::to_string(one.start.size()));
        state.push_back(std::move(one));
    }
    return state;
}

}  // namespace

std::int64_t Manifest::state_size() const {
    std::size_t size = 0;
    for (const StateVariable& one : state) size += one.start.size();
    return static_cast<std::int64_t>(size);
}

const Variable& find_variable(const std::vector<Variable>& variables, const std::string& direction,
                              const std::string& name) {
    std::string known;
    for (const Variable& variable : variables) {
        if (variable.name == name) return variable;
        known += (known.empty() ? "" : ", ") + variable.name;
    }
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH, {.what = direction, .expected = "one of " + known, .got = "'" + name + "'"});
}

void require_manifest_version(const JsonReader& root, const std::string& path) {
    if (const std::string format = root.string("format"); format != "paramnet-scheme")
        root.fail("format", "'paramnet-scheme'", "'" + format + "'");
    const std::int64_t version = root.integer("format_version");
    const auto refuse = [&](const std::string& writer, const std::string& remedy) {
        throw Error(PARAMNET_STATUS_FORMAT,
                    {.what = "format_version", .expected = std::to_string(oldest_format_version) + " or " + std::to_string(supported_format_version),
                     .got = std::to_string(version) + writer, .where = path, .remedy = remedy});
    };
    if (version > supported_format_version)
        refuse("", "build a newer paramnet bridge, or export the scheme with the older paramnet");
    if (version < oldest_format_version)
        refuse(" of an older paramnet", "repeat `paramnet export` with this one");
}

Manifest parse_manifest(const std::string& text_of_json, const std::string& path) {
    const std::string where = path + ": paramnet.json";
    const Json document = parse_json(text_of_json, where);
    const JsonReader root(document, where, "");
    require_manifest_version(root, path);
    Manifest manifest;
    manifest.json = text_of_json;
    manifest.name = root.string("name");
    const JsonReader contract = root.object("contract");
    manifest.contract_name = contract.string("name");
    manifest.grid = read_grid(root.object("vertical_grid"));
    manifest.inputs = read_variables(root, "inputs", manifest.grid.levels());
    manifest.outputs = read_variables(root, "outputs", manifest.grid.levels());
    read_contract_rows(contract, "inputs", manifest.inputs);
    read_contract_rows(contract, "outputs", manifest.outputs);
    manifest.constants = read_constants(root);
    manifest.input_range = read_range(root, "inputs", manifest.input_width());
    manifest.output_range = read_range(root, "outputs", manifest.output_width());
    manifest.state = read_state(root);
    if (root.has("random_numbers")) manifest.random_numbers = root.integer("random_numbers", 0, most_carried);
    if (root.has("aoti")) manifest.package_sha256 = root.object("aoti").string("package_sha256");
    return manifest;
}

}  // namespace paramnet

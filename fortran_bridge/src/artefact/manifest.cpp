#include "artefact/manifest.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "error.hpp"

namespace paramnet {
namespace {

using nlohmann::json;

const char* const export_again = "; write the scheme again with `paramnet export`";

// Reads keys of one JSON object; every complaint names file and key.
class Section {
public:
    Section(const json& object, std::string path, std::string key)
        : object_(object), path_(std::move(path)), key_(std::move(key)) {
        if (!object_.is_object()) fail("", "an object", object_.type_name());
    }

    [[noreturn]] void fail(const std::string& name, const std::string& expected, const std::string& got) const {
        throw Error(PARAMNET_STATUS_FORMAT, path_ + ": paramnet.json: " + full(name) + ": expected " + expected +
                                                ", got " + got + export_again);
    }

    bool has(const char* name) const { return object_.contains(name) && !object_.at(name).is_null(); }

    const json& at(const char* name) const {
        const auto found = object_.find(name);
        if (found == object_.end()) fail(name, "a value", "nothing");
        return *found;
    }

    Section section(const char* name) const { return Section(at(name), path_, full(name)); }

    std::string string(const char* name) const {
        const json& value = at(name);
        if (!value.is_string()) fail(name, "a text", value.dump());
        return value.get<std::string>();
    }

    std::int64_t integer(const char* name) const {
        const json& value = at(name);
        if (!value.is_number_integer()) fail(name, "a whole number", value.dump());
        return value.get<std::int64_t>();
    }

    bool boolean(const char* name) const {
        const json& value = at(name);
        if (!value.is_boolean()) fail(name, "true or false", value.dump());
        return value.get<bool>();
    }

    double number(const char* name) const {
        const json& value = at(name);
        if (!value.is_number()) fail(name, "a number", value.dump());
        return value.get<double>();
    }

    std::vector<double> numbers(const char* name, std::int64_t size) const {
        const json& value = at(name);
        if (!value.is_array()) fail(name, "a list of numbers", value.type_name());
        std::vector<double> result;
        for (const json& item : value) {
            if (!item.is_number()) fail(name, "a list of numbers", "the item " + item.dump());
            result.push_back(item.get<double>());
        }
        if (size >= 0 && std::cmp_not_equal(result.size(), size))
            fail(name, std::to_string(size) + " numbers", std::to_string(result.size()));
        return result;
    }

    const std::string& path() const { return path_; }

private:
    std::string full(const std::string& name) const {
        if (key_.empty()) return name.empty() ? "the manifest" : name;
        return name.empty() ? key_ : key_ + "." + name;
    }

    const json& object_;
    std::string path_;
    std::string key_;
};

VerticalGrid read_grid(const Section& section) {
    if (const std::string order = section.string("order"); order != "top_first")
        section.fail("order", "'top_first'", "'" + order + "'");
    VerticalGrid grid;
    grid.a_mid = section.numbers("a_mid", -1);
    const std::int64_t levels = grid.levels();
    if (levels == 0) section.fail("a_mid", "at least one level", "none");
    grid.b_mid = section.numbers("b_mid", levels);
    grid.a_interface = section.numbers("a_interface", levels + 1);
    grid.b_interface = section.numbers("b_interface", levels + 1);
    return grid;
}

std::vector<Variable> read_variables(const Section& root, const char* key, std::int64_t levels) {
    const json& list = root.at(key);
    if (!list.is_array() || list.empty()) root.fail(key, "a list of at least one variable", list.dump());
    std::vector<Variable> variables;
    std::int64_t position = 0;
    for (std::size_t index = 0; index < list.size(); ++index) {
        const Section item(list[index], root.path(), std::string(key) + "[" + std::to_string(index) + "]");
        Variable variable;
        variable.name = item.string("name");
        variable.standard_name = item.has("standard_name") ? item.string("standard_name") : std::string();
        variable.units = item.string("units");
        variable.profile = item.boolean("profile");
        variable.offset = item.integer("offset");
        variable.size = item.integer("size");
        for (const Variable& other : variables)
            if (other.name == variable.name) item.fail("name", "a name used once", "'" + variable.name + "' again");
        const std::int64_t size = variable.profile ? levels : 1;
        if (variable.size != size) item.fail("size", std::to_string(size), std::to_string(variable.size));
        if (variable.offset != position)
            item.fail("offset", std::to_string(position), std::to_string(variable.offset));
        position += size;
        variables.push_back(std::move(variable));
    }
    return variables;
}

std::optional<Range> read_range(const Section& root, const char* key, std::int64_t width) {
    if (!root.has("envelope")) return std::nullopt;
    const Section envelope = root.section("envelope");
    if (!envelope.has(key)) return std::nullopt;
    const Section section = envelope.section(key);
    Range range{section.numbers("min", width), section.numbers("max", width)};
    for (std::size_t position = 0; position < range.minimum.size(); ++position)
        if (!(range.minimum[position] <= range.maximum[position]))
            section.fail("max", "at least min at position " + std::to_string(position),
                         text(range.maximum[position]) + " below " + text(range.minimum[position]));
    return range;
}

std::map<std::string, double> read_constants(const Section& root) {
    std::map<std::string, double> constants;
    const Section section = root.section("constants");
    for (const auto& [name, value] : root.at("constants").items()) constants[name] = section.number(name.c_str());
    const Section contract = root.section("contract");
    for (const char* name : {"time_step", "tendency_interval"})
        if (contract.has(name)) constants[name] = contract.number(name);
    return constants;
}

void require_format(const Section& root) {
    if (const std::string format = root.string("format"); format != "paramnet-scheme")
        root.fail("format", "'paramnet-scheme'", "'" + format + "'");
    const std::int64_t version = root.integer("format_version");
    if (version > supported_format_version)
        throw Error(PARAMNET_STATUS_FORMAT,
                    root.path() + ": format_version: this library reads up to " +
                        std::to_string(supported_format_version) + ", got " + std::to_string(version) +
                        "; build a newer paramnet bridge, or export the scheme with the older paramnet");
    if (version < 1) root.fail("format_version", "1", std::to_string(version));
}

}  // namespace

const Variable& find_variable(const std::vector<Variable>& variables, const std::string& direction,
                              const std::string& name) {
    std::string known;
    for (const Variable& variable : variables) {
        if (variable.name == name) return variable;
        known += (known.empty() ? "" : ", ") + variable.name;
    }
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                "'" + name + "' is no " + direction + " of this scheme; its " + direction + "s are " + known);
}

Manifest parse_manifest(const std::string& text_of_json, const std::string& path) {
    json document;
    try {
        document = json::parse(text_of_json);
    } catch (const json::exception& problem) {
        throw Error(PARAMNET_STATUS_FORMAT,
                    path + ": paramnet.json: expected JSON, got " + problem.what() + export_again);
    }
    const Section root(document, path, "");
    require_format(root);
    Manifest manifest;
    manifest.json = text_of_json;
    manifest.name = root.string("name");
    manifest.contract_name = root.section("contract").string("name");
    manifest.grid = read_grid(root.section("vertical_grid"));
    manifest.inputs = read_variables(root, "inputs", manifest.grid.levels());
    manifest.outputs = read_variables(root, "outputs", manifest.grid.levels());
    manifest.constants = read_constants(root);
    manifest.input_range = read_range(root, "inputs", manifest.input_width());
    manifest.output_range = read_range(root, "outputs", manifest.output_width());
    return manifest;
}

}  // namespace paramnet

// The manifest of an artefact: variables, vertical grid, constants, training range.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace paramnet {

class JsonReader;

constexpr std::int64_t oldest_format_version = 2, supported_format_version = 3;  // 3: state and random numbers

struct ValidRange {
    double low, high;

    double width() const { return high - low; }
    bool holds(double value) const { return low <= value && value <= high; }
};

struct Variable {
    std::string name;
    std::string standard_name;
    std::string units;
    bool profile = false;
    std::int64_t offset = 0;  // first position in the row of one column
    std::int64_t size = 1;    // levels, or 1
    std::optional<ValidRange> valid_range = std::nullopt;  // the contract's, in `units`
    std::string sign = "";                                // the contract's positive direction
};

// Levels by pressure (a + b ps), by height, or none (kind "none": the scheme has no profiles).  Top first.
struct VerticalGrid {
    std::vector<double> a_mid, b_mid, a_interface, b_interface;  // a in Pa; empty without pressure
    std::vector<double> height{};                                // m; empty with pressure

    bool has_pressure() const { return !a_mid.empty(); }
    std::int64_t levels() const { return static_cast<std::int64_t>(has_pressure() ? a_mid.size() : height.size()); }
};

struct Range {
    std::vector<double> minimum, maximum;  // one per position
};

// Numbers that a scheme keeps from call to call, with the values that a cold start gives them.
struct StateVariable {
    std::string name;
    std::vector<float> start;
};

struct Manifest {
    std::string json;
    std::string name;
    std::string contract_name;
    std::vector<Variable> inputs;
    std::vector<Variable> outputs;
    VerticalGrid grid;
    std::map<std::string, double> constants;  // with time_step and tendency_interval
    std::optional<Range> input_range;
    std::optional<Range> output_range;
    std::vector<StateVariable> state;
    std::int64_t random_numbers = 0;  // standard normal, that the network takes per column and call
    std::string package_sha256;  // of the scheme's compiled package; empty: the scheme was exported without one

    std::int64_t input_width() const { return width(inputs); }
    std::int64_t output_width() const { return width(outputs); }

    std::int64_t state_size() const;
    bool carries() const { return !state.empty() || random_numbers > 0; }
    // Of the network, which takes inputs, state and random numbers, and gives outputs and the new state.
    std::int64_t network_input_width() const { return input_width() + state_size() + random_numbers; }
    std::int64_t network_output_width() const { return output_width() + state_size(); }

private:
    static std::int64_t width(const std::vector<Variable>& variables) {
        return variables.back().offset + variables.back().size;
    }
};

// direction: "input" or "output", for the message of Error(PARAMNET_STATUS_CONTRACT_MISMATCH) when there is no `name`.
const Variable& find_variable(const std::vector<Variable>& variables, const std::string& direction,
                              const std::string& name);

// Throws Error(PARAMNET_STATUS_FORMAT) with a remedy for another format, a newer version or an older one.
void require_manifest_version(const JsonReader& root, const std::string& path);

// Throws Error(PARAMNET_STATUS_FORMAT) naming `path`, the key, expected and got.
Manifest parse_manifest(const std::string& json, const std::string& path);

}  // namespace paramnet

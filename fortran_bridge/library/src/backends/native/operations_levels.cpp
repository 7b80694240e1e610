// Operations along levels, of version 2.  Every size is checked here, so that kernels can trust the geometry.
#include <cmath>

#include "backends/native/operations.hpp"

namespace paramnet::native {
namespace {

constexpr std::int64_t most = 65536;                        // levels, and distances between them
constexpr std::int64_t most_numbers = std::int64_t{1} << 26;  // that an operation combines for one column

void require_divisor(const JsonReader& entry, const char* name, std::int64_t divisor, std::int64_t of, const char* what) {
    if (of % divisor != 0)
        entry.fail(name, "a divisor of " + std::to_string(of) + " " + what, std::to_string(divisor));
}

}  // namespace

// Channels of `rows` in the order (level, channel).
std::int64_t OperationReader::channels(const JsonReader& entry, Operation& operation, std::int64_t rows) const {
    operation.geometry.levels = entry.integer("levels", 1, most);
    require_divisor(entry, "levels", operation.geometry.levels, rows, "rows");
    return rows / operation.geometry.levels;
}

void OperationReader::convolution(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "weight", "bias", "activation", "residual", "residual_after", "levels", "window",
                "stride", "dilation", "padding"});
    operation.in = {value(entry, "in")};
    operation.weight = constant(entry, "weight", Type::float32, true);
    const Constant& weight = constant_at(operation.weight);
    Geometry& geometry = operation.geometry;
    geometry.levels = entry.integer("levels", 1, most);
    geometry.window = entry.integer("window", 1, most);
    geometry.stride = entry.integer("stride", 1, most);
    geometry.dilation = entry.integer("dilation", 1, most);
    geometry.padding = entry.integer("padding", 0, most);
    require_divisor(entry, "window", geometry.window, weight.width, "inputs");
    expect(entry, "in", operation.in[0], Type::float32, geometry.levels * (weight.width / geometry.window));
    const std::int64_t padded = geometry.levels + 2 * geometry.padding, reach = (geometry.window - 1) * geometry.dilation + 1;
    if (reach > padded)
        entry.fail("window", "at most the " + std::to_string(padded) + " levels with padding", std::to_string(reach));
    const std::int64_t levels = (padded - reach) / geometry.stride + 1;
    if (levels * weight.width > most_numbers)
        entry.fail("window", "at most " + std::to_string(most_numbers) + " products per channel",
                   std::to_string(levels * weight.width));
    finish_layer(entry, operation, levels * weight.rows);
}

void OperationReader::normalize(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "scale", "shift", "levels", "groups", "by_level", "epsilon", "activation"});
    operation.in = {value(entry, "in")};
    const std::int64_t rows = at(operation.in[0]).rows;
    expect(entry, "in", operation.in[0], Type::float32, rows);
    const std::int64_t width = channels(entry, operation, rows);
    Geometry& geometry = operation.geometry;
    geometry.groups = entry.integer("groups", 1, most);
    require_divisor(entry, "groups", geometry.groups, width, "channels");
    vector(entry, "scale", width, operation.scale);
    vector(entry, "shift", width, operation.shift);
    geometry.by_level = entry.boolean("by_level");
    geometry.epsilon = entry.number("epsilon");
    if (geometry.epsilon < 0.0) entry.fail("epsilon", "at least 0", entry.at("epsilon"));
    activation(entry, operation);
    makes(entry, operation);
    expect(entry, "out", operation.out, Type::float32, rows);
}

void OperationReader::attention(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "levels", "heads", "factor"});
    values(entry, operation);
    if (operation.in.size() != 3) entry.fail("in", "queries, keys and values", entry.at("in"));
    const std::int64_t rows = at(operation.in[0]).rows;
    for (const std::int64_t part : operation.in) expect(entry, "in", part, Type::float32, rows);
    const std::int64_t width = channels(entry, operation, rows);
    Geometry& geometry = operation.geometry;
    geometry.groups = entry.integer("heads", 1, most);
    require_divisor(entry, "heads", geometry.groups, width, "channels");
    const std::int64_t pairs = geometry.levels * geometry.levels * geometry.groups;
    if (pairs > most_numbers)
        entry.fail("levels", "at most " + std::to_string(most_numbers) + " pairs of levels in all heads", std::to_string(pairs));
    geometry.factor = entry.number("factor");
    makes(entry, operation);
    expect(entry, "out", operation.out, Type::float32, rows);
}

void OperationReader::lstm(const JsonReader& entry, Operation& operation) {
    entry.only({"op", "in", "out", "weight", "state_weight", "bias", "directions"});
    operation.in = {value(entry, "in")};
    Geometry& geometry = operation.geometry;
    const std::string directions = entry.string("directions");
    if (directions != "forward" && directions != "backward" && directions != "both")
        entry.fail("directions", "forward, backward or both", entry.at("directions"));
    geometry.directions = directions == "both" ? 2 : 1;
    geometry.backward = directions == "backward";
    operation.weight = constant(entry, "weight", Type::float32, true);
    operation.state_weight = constant(entry, "state_weight", Type::float32, true);
    const Constant &weight = constant_at(operation.weight), &state = constant_at(operation.state_weight);
    const std::int64_t gates = 4 * geometry.directions * state.width;
    if (weight.rows != gates) entry.fail("weight", std::to_string(gates) + " rows", std::to_string(weight.rows));
    if (state.rows != gates) entry.fail("state_weight", std::to_string(gates) + " rows", std::to_string(state.rows));
    vector(entry, "bias", gates, operation.bias);
    geometry.levels = at(operation.in[0]).rows / weight.width;
    if (geometry.levels == 0) geometry.levels = 1;
    expect(entry, "in", operation.in[0], Type::float32, geometry.levels * weight.width);
    makes(entry, operation);
    expect(entry, "out", operation.out, Type::float32, geometry.levels * geometry.directions * state.width);
}

}  // namespace paramnet::native

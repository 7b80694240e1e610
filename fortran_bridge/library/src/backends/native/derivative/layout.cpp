#include "backends/native/derivative/layout.hpp"

#include <algorithm>
#include <map>

#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

std::int64_t whole_panels(std::int64_t outputs) { return (outputs + panel_outputs - 1) / panel_outputs * panel_outputs; }

std::size_t transposed_bytes(const Dense& layer) {
    return whole_lines(static_cast<std::size_t>(whole_panels(layer.inputs) * layer.outputs) * sizeof(float));
}

// Zeroed memory of transposed_bytes.
void transpose(const Dense& layer, float* to) {
    const auto* from = static_cast<const float*>(layer.panels);
    for (std::int64_t output = 0; output < layer.outputs; ++output)
        for (std::int64_t input = 0; input < layer.inputs; ++input)
            to[(input / panel_outputs * layer.outputs + output) * panel_outputs + input % panel_outputs] =
                from[(output / panel_outputs * layer.inputs + input) * panel_outputs + output % panel_outputs];
}

}  // namespace

std::int64_t layer_count(const Operation& operation) {
    if (operation.kind == Kind::lstm) return 2 * operation.geometry.directions;
    return operation.kind == Kind::dense || operation.kind == Kind::convolution ? 1 : 0;
}

Layout::Layout(const Plan& plan) : plan_(plan), value_rows_{0}, coefficient_rows_{0}, first_layer_{0} {
    for (const Value& one : plan.program().values) value_rows_.push_back(value_rows_.back() + one.rows);
    const auto& operations = plan.program().operations;
    for (std::size_t position = 0; position < operations.size(); ++position) {
        const Sizes sizes = sizes_of(operations[position], plan, position);
        coefficient_rows_.push_back(coefficient_rows_.back() + sizes.coefficients);
        scratch_rows_ = std::max(scratch_rows_, sizes.scratch);
        first_layer_.push_back(first_layer_.back() + layer_count(operations[position]));
    }
    transpose_layers();
}

void Layout::transpose_layers() {
    std::map<const void*, std::size_t> positions;  // of each matrix; shared where used twice
    std::size_t bytes = 0;
    const auto each = [&](const auto& visit) {
        for (std::size_t position = 0; position < plan_.program().operations.size(); ++position)
            for (std::int64_t number = 0; number < layer_count(plan_.program().operations[position]); ++number)
                visit(plan_.layers(position)[number]);
    };
    each([&](const Dense& layer) {
        if (positions.emplace(layer.panels, bytes).second) bytes += transposed_bytes(layer);
        widest_layer_ = std::max({widest_layer_, whole_panels(layer.outputs), whole_panels(layer.inputs)});
    });
    panels_ = Memory(bytes);
    zeros_ = Memory(static_cast<std::size_t>(widest_layer_) * sizeof(float));
    for (const auto& entry : positions) {
        bool done = false;
        each([&](const Dense& layer) {
            if (done || layer.panels != entry.first) return;
            transpose(layer, reinterpret_cast<float*>(panels_.data() + entry.second));
            done = true;
        });
    }
    each([&](const Dense& layer) { transposed_.push_back(panels_.data() + positions[layer.panels]); });
}

Dense Layout::affine(std::size_t operation, std::int64_t number) const {
    const Dense& layer = plan_.layers(operation)[number];
    return {layer.panels, layer.bias, layer.inputs, layer.outputs, Function{}, false};
}

Dense Layout::linear(std::size_t operation, std::int64_t number) const {
    const Dense& layer = plan_.layers(operation)[number];
    return {layer.panels, reinterpret_cast<const float*>(zeros_.data()), layer.inputs, layer.outputs, Function{}, false};
}

Dense Layout::transposed(std::size_t operation, std::int64_t number) const {
    const Dense& layer = plan_.layers(operation)[number];
    return {transposed_[static_cast<std::size_t>(first_layer(operation) + number)],
            reinterpret_cast<const float*>(zeros_.data()), layer.outputs, layer.inputs, Function{}, false};
}

}  // namespace paramnet::native

#include "backends/native/plan.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "backends/backend.hpp"
#include "backends/native/packing.hpp"
#include "backends/native/slots.hpp"
#include "common/error.hpp"

namespace paramnet::native {
namespace {

constexpr std::size_t most_scratch = std::size_t{1} << 30;  // bytes of one worker
constexpr std::int64_t cache_bytes = std::int64_t{1} << 20;  // of the values of a block

// The position of the last operation that reads each value; for unread values, of the operation that makes it.
std::vector<std::size_t> last_readers(const Program& program) {
    std::vector<std::size_t> last(program.values.size(), 0);
    const auto read = [&](std::int64_t value, std::size_t position) {
        if (value != none) last[static_cast<std::size_t>(value)] = position;
    };
    for (std::size_t position = 0; position < program.operations.size(); ++position) {
        const Operation& operation = program.operations[position];
        read(operation.out, position);
        for (const std::int64_t value : operation.in) read(value, position);
        read(operation.residual, position);
        if (operation.kind != Kind::binary) continue;
        if (!operation.a.constant) read(operation.a.number, position);
        if (!operation.b.constant) read(operation.b.number, position);
    }
    return last;
}

// Values by the operation after which their memory can be reused.
std::vector<std::vector<std::int64_t>> endings(const Program& program) {
    const auto last = last_readers(program);
    std::vector<std::vector<std::int64_t>> result(program.operations.size());
    for (std::size_t value = 0; value < last.size(); ++value)
        result[last[value]].push_back(static_cast<std::int64_t>(value));
    return result;
}

bool along_levels(const Operation& operation) { return operation.kind >= Kind::convolution; }

// Values of networks over levels have thousands of rows: as many columns as fit in the second-level cache.
std::int64_t columns_at_once(const Program& program, std::int64_t bytes_per_column) {
    if (std::none_of(program.operations.begin(), program.operations.end(), along_levels)) return most_block_columns;
    for (const std::int64_t columns : {192, 96, 64})
        if (columns * bytes_per_column <= cache_bytes) return columns;
    return 32;
}

// Scratch bytes of layers: sums of a few columns, or the rounded inputs of a block.
std::size_t dense_scratch(const Program& program, std::int64_t columns) {
    std::int64_t bytes = 0;
    for (const Operation& operation : program.operations)
        for (const Layer& layer : layers_of(operation, program)) {
            const std::int64_t sums = narrow_columns * padded(layer.weight.rows) * 4;
            bytes = std::max({bytes, sums, (layer.weight.width + 1) / 2 * columns * 4});
        }
    return whole_lines(static_cast<std::size_t>(bytes));
}

// The window of a convolution, the gates and the state of a recurrence, or the scores of a few queries.
std::size_t level_scratch(const Program& program, std::int64_t columns) {
    std::int64_t bytes = 0;
    for (const Operation& operation : program.operations) {
        const auto constant = [&](std::int64_t number) { return program.constants[static_cast<std::size_t>(number)]; };
        if (operation.kind == Kind::convolution) bytes = std::max(bytes, constant(operation.weight).width * columns * 4);
        if (operation.kind == Kind::lstm) bytes = std::max(bytes, constant(operation.state_weight).width * 5 * columns * 4);
        if (operation.kind == Kind::attention) bytes = std::max(bytes, attention_scratch(operation.geometry.levels) * 4);
    }
    return static_cast<std::size_t>(bytes);
}

}  // namespace

Plan::Plan(Program program, const Kernels& kernels, DenseFunction dense, bool bfloat16,
           const std::string& path)
    : program_(std::move(program)), kernels_(kernels), dense_function_(dense) {
    place_values(path);
    keep_numbers();
    pack_layers(bfloat16);
}

void Plan::place_values(const std::string& path) {
    const auto ending = endings(program_);
    places_.resize(program_.values.size());
    Slots slots;
    std::vector<std::size_t> slot_of(places_.size(), 0);
    const std::int64_t input = program_.operations.front().out, output = program_.operations.back().in[0];
    copies_output_ = output == input;
    for (std::size_t position = 0; position < program_.operations.size(); ++position) {
        const std::int64_t out = program_.operations[position].out;
        if (out != none) {
            Place& place = places_[static_cast<std::size_t>(out)];
            if (out == input) place.where = Place::Where::inputs;
            else if (out == output) place.where = Place::Where::outputs;
            else slot_of[static_cast<std::size_t>(out)] = slots.take(value(out).rows * bytes_of(value(out).type));
        }
        for (const std::int64_t value : ending[position])
            if (place(value).where == Place::Where::scratch) slots.give_back(slot_of[static_cast<std::size_t>(value)]);
    }
    block_columns_ = columns_at_once(program_, slots.size());
    const auto offsets = slots.offsets(block_columns_);
    for (std::size_t value = 0; value < places_.size(); ++value)
        if (places_[value].where == Place::Where::scratch) places_[value].offset = offsets[slot_of[value]];
    dense_scratch_offset_ = static_cast<std::size_t>(offsets.back());
    level_scratch_offset_ = dense_scratch_offset_ + dense_scratch(program_, block_columns_);
    scratch_bytes_ = level_scratch_offset_ + level_scratch(program_, block_columns_);
    if (scratch_bytes_ > most_scratch)
        throw Error(PARAMNET_STATUS_FORMAT,
                    {.what = "values",
                     .expected = "at most " + std::to_string(most_scratch) + " bytes of scratch memory",
                     .got = std::to_string(scratch_bytes_), .where = path + ": program.json",
                     .remedy = "run it with backend 'torchscript'"});
}

void Plan::keep_numbers() {
    std::size_t bytes = 0;
    for (const Constant& constant : program_.constants)
        if (!constant.width) bytes += whole_lines(constant.bytes.size());
    numbers_ = Memory(bytes);
    std::byte* to = numbers_.data();
    for (Constant& constant : program_.constants) {
        if (constant.width) continue;
        std::memcpy(to, constant.bytes.data(), constant.bytes.size());
        constant.bytes = {to, constant.bytes.size()};
        to += whole_lines(constant.bytes.size());
    }
}

void Plan::pack_layers(bool bfloat16) {
    std::map<const std::byte*, std::size_t> matrices;  // position of each in the panels; shared where used twice
    std::size_t bytes = 0;
    for (const Operation& operation : program_.operations)
        for (const Layer& layer : layers_of(operation, program_))
            if (matrices.emplace(layer.weight.bytes.data(), bytes).second) bytes += packed_bytes(layer.weight, bfloat16);
    const std::size_t biases = bytes;
    for (const Operation& operation : program_.operations)
        for (const Layer& layer : layers_of(operation, program_)) bytes += padded_bias_bytes(layer.weight);
    panels_ = Memory(bytes);
    std::byte* bias = panels_.data() + biases;
    for (const Operation& operation : program_.operations) {
        first_layer_.push_back(layers_.size());
        for (const Layer& layer : layers_of(operation, program_)) {
            std::byte* const panels = panels_.data() + matrices[layer.weight.bytes.data()];
            pack(layer.weight, bfloat16, panels);
            std::copy(layer.bias.begin(), layer.bias.end(), bias);
            layers_.push_back({panels, reinterpret_cast<const float*>(bias), layer.weight.width, layer.weight.rows,
                               operation.function, operation.residual_after});
            bias += padded_bias_bytes(layer.weight);
        }
    }
    for (Constant& constant : program_.constants)
        if (constant.width) constant.bytes = {};  // the artefact may be freed
}

}  // namespace paramnet::native

#include "backends/native/plan.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/backend.hpp"
#include "backends/native/packing.hpp"
#include "backends/native/slots.hpp"
#include "common/error.hpp"

namespace paramnet::native {
namespace {

constexpr std::size_t most_scratch = std::size_t{1} << 30;  // bytes of one worker

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

// Scratch bytes of dense layers: sums of a few columns, or the rounded inputs of a block.
std::size_t dense_scratch(const Program& program) {
    std::int64_t bytes = 0;
    for (const Operation& operation : program.operations) {
        if (operation.kind != Kind::dense) continue;
        const Constant& weight = program.constants[static_cast<std::size_t>(operation.weight)];
        const std::int64_t sums = narrow_columns * padded(weight.rows) * 4;
        bytes = std::max({bytes, sums, (weight.width + 1) / 2 * block_columns * 4});
    }
    return static_cast<std::size_t>(bytes);
}

}  // namespace

Plan::Plan(Program program, const Kernels& kernels, DenseFunction layers, bool bfloat16,
           const std::string& path)
    : program_(std::move(program)), kernels_(kernels), dense_function_(layers) {
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
    const auto offsets = slots.offsets(block_columns);
    for (std::size_t value = 0; value < places_.size(); ++value)
        if (places_[value].where == Place::Where::scratch) places_[value].offset = offsets[slot_of[value]];
    dense_scratch_offset_ = static_cast<std::size_t>(offsets.back());
    scratch_bytes_ = dense_scratch_offset_ + dense_scratch(program_);
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
    std::vector<std::int64_t> matrices(program_.constants.size(), none);  // position of each; shared where used twice
    std::size_t bytes = 0;
    for (const Operation& operation : program_.operations) {
        if (operation.kind != Kind::dense) continue;
        std::int64_t& offset = matrices[static_cast<std::size_t>(operation.weight)];
        if (offset != none) continue;
        offset = static_cast<std::int64_t>(bytes);
        bytes += packed_bytes(constant(operation.weight), bfloat16);
    }
    const std::size_t biases = bytes;
    for (const Operation& operation : program_.operations)
        if (operation.kind == Kind::dense) bytes += padded_bias_bytes(constant(operation.weight));
    panels_ = Memory(bytes);
    std::byte* bias = panels_.data() + biases;
    std::vector<bool> packed(program_.constants.size(), false);
    dense_.resize(program_.operations.size());
    for (std::size_t position = 0; position < program_.operations.size(); ++position) {
        const Operation& operation = program_.operations[position];
        if (operation.kind != Kind::dense) continue;
        const auto number = static_cast<std::size_t>(operation.weight);
        const Constant& weight = program_.constants[number];
        std::byte* panels = panels_.data() + matrices[number];
        if (!packed[number]) pack(weight, bfloat16, panels);
        packed[number] = true;
        if (operation.bias != none)
            std::memcpy(bias, constant(operation.bias).bytes.data(), constant(operation.bias).bytes.size());
        dense_[position] = {panels, reinterpret_cast<const float*>(bias), weight.width, weight.rows, operation.function,
                            operation.residual_after};
        bias += padded_bias_bytes(weight);
    }
    for (Constant& constant : program_.constants)
        if (constant.width) constant.bytes = {};  // the artefact may be freed
}

}  // namespace paramnet::native

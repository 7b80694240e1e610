// A program prepared to run: the memory of every value, and the weights of the dense layers in panels.
#pragma once

#include <string>
#include <vector>

#include "backends/native/isa.hpp"
#include "backends/native/memory.hpp"
#include "backends/native/program.hpp"

namespace paramnet::native {

constexpr std::int64_t most_block_columns = 192;  // 256 rows of it fit in the second-level cache

struct Place {
    enum class Where : std::uint8_t { inputs, outputs, scratch } where = Where::scratch;
    std::int64_t offset = 0;  // bytes into the scratch memory
};

// Constant while it runs; shared by all workers.
class Plan {
public:
    // dense: the kernel of layers, which determines the form of their weights.
    // Throws Error(PARAMNET_STATUS_FORMAT) when the program needs more memory than any scheme would.
    Plan(Program program, const Kernels& kernels, DenseFunction dense, bool bfloat16, const std::string& path);

    const Program& program() const { return program_; }
    const Kernels& kernels() const { return kernels_; }
    DenseFunction dense_function() const { return dense_function_; }
    const Place& place(std::int64_t value) const { return places_[static_cast<std::size_t>(value)]; }
    // The layers of an operation: one of a dense layer or convolution, two for each direction of an LSTM.
    const Dense* layers(std::size_t operation) const { return layers_.data() + first_layer_[operation]; }
    const Value& value(std::int64_t number) const { return program_.values[static_cast<std::size_t>(number)]; }
    const Constant& constant(std::int64_t number) const {
        return program_.constants[static_cast<std::size_t>(number)];
    }
    bool copies_output() const { return copies_output_; }  // the output is the input, unchanged, and must be copied
    std::int64_t block_columns() const { return block_columns_; }
    std::size_t scratch_bytes() const { return scratch_bytes_; }  // of a worker: values, dense layers, levels
    std::size_t dense_scratch_offset() const { return dense_scratch_offset_; }
    std::size_t level_scratch_offset() const { return level_scratch_offset_; }

private:
    void place_values(const std::string& path);
    void keep_numbers();
    void pack_layers(bool bfloat16);

    Program program_;
    const Kernels& kernels_;
    DenseFunction dense_function_;
    std::vector<Place> places_;
    std::vector<Dense> layers_;
    std::vector<std::size_t> first_layer_;
    Memory numbers_;  // constants that are not matrices
    Memory panels_;   // weights and biases of the layers
    bool copies_output_ = false;
    std::int64_t block_columns_ = most_block_columns;
    std::size_t scratch_bytes_ = 0;
    std::size_t dense_scratch_offset_ = 0;
    std::size_t level_scratch_offset_ = 0;
};

}  // namespace paramnet::native

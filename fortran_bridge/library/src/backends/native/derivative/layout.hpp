// Where a derivative keeps the perturbation of every value and the coefficients of every operation, and the weights of
// the layers transposed.  Constant; shared by all derivatives of a plan.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/native/memory.hpp"
#include "backends/native/plan.hpp"

namespace paramnet::native {

class Layout {
public:
    explicit Layout(const Plan& plan);  // which must outlive it

    const Plan& plan() const { return plan_; }
    const Value& value(std::int64_t number) const { return plan_.value(number); }

    // Rows of all values, one after the other.
    std::int64_t value_row(std::int64_t value) const { return value_rows_[static_cast<std::size_t>(value)]; }
    std::int64_t value_rows() const { return value_rows_.back(); }

    // Rows of what an operation's derivative multiplies perturbations by.
    std::int64_t coefficient_row(std::size_t operation) const { return coefficient_rows_[operation]; }
    std::int64_t coefficient_rows() const { return coefficient_rows_.back(); }

    std::int64_t scratch_rows() const { return scratch_rows_; }    // that an operation needs while it runs
    std::int64_t widest_layer() const { return widest_layer_; }  // outputs, padded to whole panels; of either form

    // Layer `number` of an operation: as the forward has it but without activation; W x; and W' y.
    Dense affine(std::size_t operation, std::int64_t number) const;
    Dense linear(std::size_t operation, std::int64_t number) const;
    Dense transposed(std::size_t operation, std::int64_t number) const;

private:
    void transpose_layers();
    std::int64_t first_layer(std::size_t operation) const { return first_layer_[operation]; }

    const Plan& plan_;
    std::vector<std::int64_t> value_rows_, coefficient_rows_, first_layer_;
    std::vector<const void*> transposed_;  // panels of each layer
    Memory panels_, zeros_;
    std::int64_t scratch_rows_ = 0, widest_layer_ = 0;
};

// Layers of an operation: one of a dense layer or convolution, two for each direction of an LSTM.
std::int64_t layer_count(const Operation& operation);

}  // namespace paramnet::native

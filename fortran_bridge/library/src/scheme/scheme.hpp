// A host's handle: a model, shared or not, and the host arrays bound to it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "scheme/bindings.hpp"
#include "scheme/carried.hpp"
#include "scheme/linearization.hpp"
#include "scheme/model.hpp"
#include "scheme/turn_lock.hpp"

namespace paramnet {

// Throws Error(INVALID_ARGUMENT) unless both are numbers of columns.
void require_columns_of(const char* who, std::int64_t first, std::int64_t columns);

class Scheme {
public:
    explicit Scheme(std::shared_ptr<Model> model);
    ~Scheme();
    Scheme(const Scheme&) = delete;
    Scheme& operator=(const Scheme&) = delete;

    Model& model() const { return *model_; }
    const Manifest& manifest() const { return model_->manifest(); }

    // Another handle of the same model, with nothing bound.
    std::unique_ptr<Scheme> share() const { return std::make_unique<Scheme>(model_); }

    void bind_input(const std::string& name, const std::string& units, const paramnet_array& array);
    void bind_output(const std::string& name, const std::string& units, const paramnet_array& array);

    // See Linearization.  The derivative of the outputs with respect to the inputs; state and random numbers are held fixed.
    void bind_input_perturbation(const std::string& name, const std::string& units, const paramnet_array& array);
    void bind_output_perturbation(const std::string& name, const std::string& units, const paramnet_array& array);
    void linearize(std::int64_t columns, Precision precision);
    void tangent(std::int64_t columns);
    void adjoint(std::int64_t columns);
    void difference(std::int64_t columns);

    // See Carried.  get_state and set_state: (state_size, columns), columns contiguous.
    void bind_columns(std::span<const std::int64_t> numbers);
    void start_state();
    void set_state(std::span<const float> values);
    void get_state(std::span<float> values) const;

    // Columns first .. first + columns - 1 of the bound arrays; flags: of those columns, or null.  Several threads may
    // call this at once.
    void run(std::int64_t first, std::int64_t columns, std::int32_t* flags);

    // Enqueues the columns for the next flush of any handle of the model, with the arrays bound at that time.
    void enqueue(std::int64_t first, std::int64_t columns, std::int32_t* flags);

    // inputs (column, n_in) and outputs (column, n_out) in the contract's order and units; independent of bound arrays.
    void predict(std::int64_t columns, const paramnet_array& inputs, const paramnet_array& outputs,
                 std::int32_t* flags) const;

    // Checks the size of the numbers in the first run with these arrays.  Throws like require_plausible.
    void look(std::int64_t first, std::int64_t columns) const;

    // The bound arrays, checked.  Throws like Bindings::require_columns.
    Segment segment(std::int64_t first, std::int64_t columns, std::int32_t* flags);

private:
    std::shared_ptr<Model> model_;
    Bindings bindings_;
    Carried carried_;
    Linearization linearization_;
    mutable TurnLock mutex_;  // binding waits for current runs, and later runs wait for it
};

}  // namespace paramnet

// What a stochastic scheme or one with memory needs in addition to the host's arrays, for the columns of one handle: their
// global numbers, and the state that the scheme keeps from step to step.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "artefact/manifest.hpp"

namespace paramnet {

// The random numbers of a call: a function of these, of the column and of nothing else.
struct NoiseKey {
    std::uint32_t seed = 0;
    std::uint32_t member = 0;
    std::int64_t step = -1;  // of the host; below zero: not set
    bool on = true;          // false: zeros take the place of random numbers
};

class Carried {
public:
    explicit Carried(const Manifest& manifest);  // kept by reference

    // Gives the columns of the handle their global numbers, from 0.  State is neither kept nor set.
    void bind_columns(std::span<const std::int64_t> numbers);

    // Cold start of all columns, or the state (state_size, columns) of a restart file, columns contiguous.
    void start();
    void set_state(std::span<const float> values);
    void get_state(std::span<float> values) const;

    // Called before columns first .. first + columns - 1 are evaluated at a step.  At the step after the last one the new
    // state becomes the old; at the same step columns are evaluated again from the old state.
    // Throws Error(UNBOUND) without numbers, step or state, Error(INVALID_ARGUMENT) for columns out of range or another step.
    void begin(std::int64_t step, std::int64_t first, std::int64_t columns);

    std::int64_t columns() const { return static_cast<std::int64_t>(numbers_.size()); }
    const std::int64_t* numbers() const { return numbers_.data(); }
    const float* old_state(std::int64_t row) const { return old_.data() + row * columns(); }
    float* new_state(std::int64_t row) { return new_.data() + row * columns(); }

private:
    void advance(std::int64_t step);
    void require_size(const char* what, std::size_t size) const;

    const Manifest& manifest_;
    std::int64_t size_;
    std::vector<std::int64_t> numbers_;
    std::vector<float> old_, new_;  // (state_size, columns)
    bool has_state_ = false;
    std::int64_t step_ = -1;        // of the last call; below zero: none since start or set_state
    std::int64_t evaluated_ = 0;    // columns at this step
    std::mutex mutex_;              // several threads may begin at once
};

}  // namespace paramnet

// State of one thread that evaluates a block of columns: rows, flags, a worker of the backend, and counts.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backends/backend.hpp"
#include "backends/native/isa.hpp"
#include "scheme/comparison.hpp"
#include "scheme/fixers.hpp"
#include "scheme/guard.hpp"
#include "scheme/treatment.hpp"

namespace paramnet {

// Columns of one set of host arrays: first .. first + columns - 1 there, start .. among all columns of the call.
struct Segment {
    std::span<const Field> inputs, outputs, corrections;
    std::int64_t first = 0;
    std::int64_t columns = 0;
    std::int64_t start = 0;
    std::int32_t* flags = nullptr;  // of its columns, or null
    Carried* carried = nullptr;     // of its columns; null: start values, and zeros for random numbers
    bool complete = false;          // the arrays hold all that the network takes and gives, state and random numbers too
};

// What paramnet_counters gives, and the columns that each kind of fixer changed noticeably.
struct Counts : paramnet_counts {
    std::array<std::int64_t, fixer_kinds.size()> by_fixer{};
};

// Counts since load, merged call by call.
struct Totals {
    explicit Totals(std::int64_t output_width) : comparison(output_width) {}

    std::mutex mutex;  // of all below
    Counts counts{};
    Comparison comparison;
};

void count_flags(std::span<const std::int32_t> flags, std::int32_t fallback_flags, paramnet_counts& counts);

// Data common to all blocks of a call.
template <typename Real>
struct Plan {
    const Guard<Real>& guard;
    std::span<const Fixer> fixers;
    const HostOptions& options;
    std::span<const Segment> segments;
    Treatment treatment;
};

template <typename Real>
class Workspace {
public:
    Workspace(Backend& backend, const Manifest& manifest);
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    // Allocates memory for blocks of this many columns.  Throws std::bad_alloc.
    void reserve(std::int64_t columns);

    // Evaluates columns begin .. end - 1 of the call.  Throws what the worker throws, before any output is written.
    void evaluate(const Plan<Real>& plan, std::int64_t begin, std::int64_t end);

    Counts counts{};
    Comparison comparison;
    bool compared = false;  // true if comparison holds sums
    std::exception_ptr failure;
    Workspace* next = nullptr;  // in a list of workspaces

private:
    template <typename Visit>
    void each_piece(std::span<const Segment> segments, std::int64_t begin, std::int64_t end, Visit&& visit) const;
    void keep_state(const Segment& segment, std::int64_t first, std::int64_t count, std::int64_t stride, std::int64_t at);
    void fix(const Plan<Real>& plan, std::int64_t columns, std::int64_t stride);
    const Real* weigh(const Plan<Real>& plan, std::int64_t columns, std::int64_t stride);
    void release() noexcept;

    Backend& backend_;
    const Manifest& manifest_;
    const native::Kernels& kernels_;
    std::int64_t capacity_ = 0;  // floats of one row
    Real* inputs_ = nullptr;
    Real* outputs_ = nullptr;
    std::vector<Real> corrections_, weights_;
    std::vector<float> random_;
    std::vector<std::int32_t> flags_;
    std::unique_ptr<Worker> worker_;
};

}  // namespace paramnet

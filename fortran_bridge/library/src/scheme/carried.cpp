#include "scheme/carried.hpp"

#include <algorithm>
#include <string>

#include "common/error.hpp"
#include "common/log.hpp"

namespace paramnet {
namespace {

constexpr std::int64_t last_step = 4294967295;  // steps are 32 bits of the random numbers' counter
constexpr std::int64_t usual_repeats = 4;       // evaluations of a column at one step, as by an iterating host

}  // namespace

Carried::Carried(const Manifest& manifest) : manifest_(manifest), size_(manifest.state_size()) {}

void Carried::bind_columns(std::span<const std::int64_t> numbers) {
    for (const std::int64_t number : numbers)
        if (number < 0)
            throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                        {.what = "bind_columns", .expected = "global column numbers of at least 0", .got = std::to_string(number)});
    numbers_.assign(numbers.begin(), numbers.end());
    old_.assign(numbers_.size() * static_cast<std::size_t>(size_), 0.0F);
    new_ = old_;
    has_state_ = false;
    step_ = -1;
}

void Carried::start() {
    if (numbers_.empty() && size_ > 0) require_size("start_state", 1);
    std::int64_t row = 0;
    for (const StateVariable& variable : manifest_.state)
        for (const float value : variable.start) std::fill_n(new_state(row++), columns(), value);
    has_state_ = true;
    step_ = -1;
}

void Carried::set_state(std::span<const float> values) {
    require_size("set_state", values.size());
    std::copy(values.begin(), values.end(), new_.begin());
    has_state_ = true;
    step_ = -1;
}

void Carried::get_state(std::span<float> values) const {
    require_size("get_state", values.size());
    if (!has_state_)
        throw Error(PARAMNET_STATUS_UNBOUND, {.what = "get_state", .expected = "a state", .got = "none",
                                              .remedy = "call start_state or set_state first"});
    std::copy(new_.begin(), new_.end(), values.begin());
}

void Carried::require_size(const char* what, std::size_t size) const {
    if (size == new_.size()) return;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = what,
                 .expected = std::to_string(size_) + " numbers for each of " + std::to_string(columns()) + " bound columns",
                 .got = std::to_string(size), .remedy = columns() == 0 ? "call bind_columns first" : ""});
}

void Carried::begin(std::int64_t step, std::int64_t first, std::int64_t columns) {
    const std::lock_guard lock(mutex_);
    if (numbers_.empty() && columns > 0)
        throw Error(PARAMNET_STATUS_UNBOUND, {.what = "run", .expected = "global column numbers", .got = "none",
                                              .remedy = "call bind_columns once before the first run"});
    if (first + columns > this->columns())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "run", .expected = "at most the " + std::to_string(this->columns()) + " columns of bind_columns",
                     .got = std::to_string(first + columns)});
    if (step < 0 || step > last_step)
        throw Error(PARAMNET_STATUS_UNBOUND, {.what = "run", .expected = "the host's step", .got = step < 0 ? "none" : std::to_string(step),
                                              .remedy = "call set_step before each step"});
    if (size_ > 0 && !has_state_)
        throw Error(PARAMNET_STATUS_UNBOUND,
                    {.what = "run", .expected = "the scheme's state", .got = "none",
                     .remedy = "call set_state with the values in the restart file, or start_state for a cold start"});
    if (step != step_) advance(step);
    evaluated_ += columns;
    if (evaluated_ > usual_repeats * this->columns())
        warn_once("run: every column was evaluated more than " + std::to_string(usual_repeats) + " times at step " +
                  std::to_string(step) + "; if steps passed, call set_step");
}

void Carried::advance(std::int64_t step) {
    if (size_ > 0 && step_ >= 0 && step != step_ + 1)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "run", .expected = "step " + std::to_string(step_) + " or " + std::to_string(step_ + 1),
                     .got = "step " + std::to_string(step),
                     .remedy = "call set_step with consecutive numbers, or set_state after a jump"});
    old_ = new_;
    step_ = step;
    evaluated_ = 0;
}

}  // namespace paramnet

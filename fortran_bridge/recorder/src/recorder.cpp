#include "recorder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "checks.hpp"

namespace paramnet {
namespace {

std::vector<float> rounded(const std::vector<double>& values) {
    std::vector<float> narrow(values.size());
    std::transform(values.begin(), values.end(), narrow.begin(), [](double one) { return static_cast<float>(one); });
    return narrow;
}

std::string in_words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

}  // namespace

void Recorder::require_complete_description() const {
    if (description_.shape.columns == 0) refuse("before", "columns to be declared", "none", "call columns first");
    if (arrays_.empty()) refuse("before", "bound arrays", "none", "bind the inputs and outputs first");
    const auto is_output = [](const BoundArray& one) { return one.role() != PARAMNET_RECORD_INPUT; };
    if (std::none_of(arrays_.begin(), arrays_.end(), is_output))
        refuse("before", "an output or a state", "inputs alone", "bind what the parameterization computes");
}

// A file of another recording in the same folder would be read together with these.
void Recorder::require_same_as_earlier() const {
    const auto earlier = files_in(folder_, description_);
    if (earlier.empty()) return;
    require_layout(NetcdfFile::open(earlier.back(), false), earlier.back(), description_, variables_);
}

void Recorder::add_variable(const std::string& name, const std::string& units, const std::string& standard_name,
                            bool output, bool profile) {
    variables_.push_back({.name = name,
                          .units = units,
                          .standard_name = standard_name,
                          .long_name = in_words(name),
                          .output = output,
                          .profile = profile});
}

void Recorder::describe_variables() {
    const std::string due_to = "_due_to_" + description_.scheme;
    for (std::size_t at = 0; at < arrays_.size(); ++at) {
        const BoundArray& one = arrays_[at];
        add_variable(one.name(), units_[at], standard_names_[at], one.role() == PARAMNET_RECORD_OUTPUT, one.profile());
    }
    for (std::size_t at = 0; at < arrays_.size(); ++at)
        if (arrays_[at].role() == PARAMNET_RECORD_STATE)
            add_variable("tendency_of_" + arrays_[at].name() + due_to, units_of_tendency(units_[at]), "", true,
                         arrays_[at].profile());
    require_same_as_earlier();
}

void Recorder::before(double time) {
    if (step_ != Step::none) {
        step_ = Step::none;
        refuse("before", "a call of after since the last call of before", "none");
    }
    step_ = Step::passed_over;  // after has nothing to do if this call fails
    require_complete_description();
    if (!(time >= 0) || !std::isfinite(time))
        refuse("before: time", "a time since the origin, in " + description_.time_units, text(time));
    if (variables_.empty()) {
        try {
            describe_variables();
        } catch (...) {
            variables_.clear();
            throw;
        }
    }
    // Rounded so that times at the start or in the middle of a step count the same.
    index_ = std::llround(std::floor(time * description_.seconds_per_unit / description_.time_step + 0.25));
    if (!wanted(index_)) return;
    enter(index_ / description_.every_step / description_.steps_per_file);
    if (period_->has(time)) {
        ++counts_.skipped;
        return;
    }
    for (BoundArray& one : arrays_) one.before = one.role() == PARAMNET_RECORD_OUTPUT ? std::vector<double>{} : one.read();
    time_ = time;
    step_ = Step::recorded;
}

void Recorder::after() {
    const Step step = std::exchange(step_, Step::none);
    if (step == Step::none) refuse("after", "a call of before", "none since the last step");
    if (step == Step::passed_over) return;
    std::size_t derived = arrays_.size();
    for (std::size_t at = 0; at < arrays_.size(); ++at) {
        BoundArray& one = arrays_[at];
        if (one.role() == PARAMNET_RECORD_OUTPUT) {
            variables_[at].values = rounded(one.read());
            continue;
        }
        variables_[at].values = rounded(one.before);
        if (one.role() != PARAMNET_RECORD_STATE) continue;
        std::vector<double> change = one.read();
        for (std::size_t place = 0; place < change.size(); ++place)
            change[place] = (change[place] - one.before[place]) / description_.tendency_interval;
        variables_[derived++].values = rounded(change);
    }
    try {
        period_->write(time_, variables_);
    } catch (...) {
        ++counts_.lost;
        abandon();
        throw;
    }
    ++counts_.written;
    const std::int64_t place = index_ / description_.every_step % description_.steps_per_file;
    if (place == description_.steps_per_file - 1) finish();
}

void Recorder::enter(std::int64_t number) {
    if (period_ && period_->number() == number) return;
    if (period_) finish();
    period_.emplace(folder_, description_, variables_, number);
}

void Recorder::finish() {
    if (!period_) return;
    const bool new_steps = period_->pending() > 0;
    try {
        period_->complete(variables_);
    } catch (...) {
        abandon();
        throw;
    }
    counts_.files += new_steps ? 1 : 0;
    period_.reset();
}

// The steps since the file was last complete are lost; the next step starts a file again.
void Recorder::abandon() {
    counts_.lost += period_->pending();
    counts_.written -= period_->pending();
    period_.reset();
}

void Recorder::close() {
    step_ = Step::none;
    finish();
}

}  // namespace paramnet

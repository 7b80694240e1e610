// Records a parameterization: copies inputs before it, outputs after it, and writes both as one step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "description.hpp"
#include "period.hpp"
#include "variable.hpp"

namespace paramnet {

class Recorder {
public:
    Recorder(std::string folder, const paramnet_record_options& options);

    void columns(std::int64_t count, const double* latitude, const double* longitude, const double* area);
    void levels(std::int64_t count, const double* a_interface, const double* b_interface, const double* a_mid,
                const double* b_mid, bool bottom_first);
    void heights(std::int64_t count, const double* height, bool bottom_first);
    void constant(const std::string& name, double value);
    void bind(std::int32_t role, const std::string& name, const std::string& units, const std::string& standard_name,
              const paramnet_array& array);

    void before(double time);
    void after();
    void close();
    paramnet_record_counts counts() const { return counts_; }

private:
    enum class Step { none, recorded, passed_over };

    void require_open_description(const char* what) const;
    void require_complete_description() const;
    void require_same_as_earlier() const;
    void describe_variables();
    void add_variable(const std::string& name, const std::string& units, const std::string& standard_name, bool output,
                      bool profile);
    bool wanted(std::int64_t step) const { return step % description_.every_step == 0; }
    void enter(std::int64_t number);
    void finish();
    void abandon();

    std::string folder_;
    Description description_;
    std::vector<BoundArray> arrays_{};
    std::vector<std::string> units_{}, standard_names_{};  // of arrays_
    std::vector<Recorded> variables_{};                    // of the file, made by the first step
    std::optional<Period> period_{};
    paramnet_record_counts counts_{};
    Step step_ = Step::none;
    double time_ = 0;
    std::int64_t index_ = 0;  // of the step, from the origin of time
};

}  // namespace paramnet

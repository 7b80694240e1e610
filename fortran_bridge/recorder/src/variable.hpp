// An array of the host that is recorded, and the recorded values of one step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "paramnet_record.h"

namespace paramnet {

struct Shape {
    std::int64_t columns = 0;
    std::int64_t levels = 0;
    std::int64_t every_column = 1;

    std::int64_t recorded_columns() const { return (columns + every_column - 1) / every_column; }
};

// One variable of the file, (time, level, column) or (time, column), levels from the top down.
struct Recorded {
    std::string name, units, standard_name, long_name;
    bool output = false, profile = false;
    std::vector<float> values{};
    double low = 0, high = 0;  // of the file being written

    void start_range();
    void widen_range();
    void widen_range(double from, double to);
};

class BoundArray {
public:
    BoundArray(std::int32_t role, const std::string& name, const paramnet_array& array, const Shape& shape);

    const std::string& name() const { return name_; }
    std::int32_t role() const { return role_; }
    bool profile() const { return profile_; }
    std::vector<double> read() const;  // (level, recorded column), top first

    std::vector<double> before{};

private:
    double at(std::int64_t column, std::int64_t level) const;

    std::int32_t role_;
    std::string name_;
    paramnet_array array_;
    Shape shape_;
    bool profile_;
};

// Units of the change of a variable per second: a temperature in degrees Celsius changes in K s-1.
std::string units_of_tendency(const std::string& units);

}  // namespace paramnet

// What a recorder was told about the host, and the header of a file that says it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "netcdf_file.hpp"
#include "variable.hpp"

namespace paramnet {

struct Description {
    std::string scheme, model, time_units, calendar;
    std::string run;  // of the files of this rank: a random number; a restart that appends takes that of the files
    double time_step = 0, tendency_interval = 0;
    double seconds_per_unit = 0;
    std::int64_t every_step = 1, steps_per_file = 0;
    std::int32_t rank = 0, ranks = 1;
    bool append = false;
    Shape shape{};
    std::vector<double> latitude{}, longitude{}, area{};                                    // (recorded column)
    std::vector<double> a_mid{}, b_mid{}, a_interface{}, b_interface{}, height{};  // top first
    std::vector<std::pair<std::string, double>> constants{};

    explicit Description(const paramnet_record_options& options);
};

// Everything that the files of one recording have in common, as text: a restart compares it.
std::string layout_of(const Description& description, const std::vector<Recorded>& variables);

// Refuses a file at `path` of another run or with another layout: it would be read together with those of this run.
void require_layout(const NetcdfFile& file, const std::string& path, const Description& description,
                    const std::vector<Recorded>& variables);

// Defines the contents of a new file and writes its coordinates.
void write_header(NetcdfFile& file, const Description& description, const std::vector<Recorded>& variables);

}  // namespace paramnet

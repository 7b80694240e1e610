// The file of one period of time: written under a temporary name, renamed when it is complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "description.hpp"

namespace paramnet {

class Period {
public:
    // `number` counts periods of steps_per_file recorded steps from the origin of time.  A file that an earlier run has
    // completed is read: its steps are not recorded again.
    Period(const std::string& folder, const Description& description, const std::vector<Recorded>& variables,
           std::int64_t number);
    ~Period();  // removes a file that is not complete
    Period(const Period&) = delete;
    Period& operator=(const Period&) = delete;

    std::int64_t number() const { return number_; }
    std::int64_t pending() const { return pending_; }  // steps written since the file was last complete
    bool has(double time) const;                       // recorded by an earlier run
    void write(double time, std::vector<Recorded>& variables);
    void complete(const std::vector<Recorded>& variables);

private:
    void start(std::vector<Recorded>& variables);
    void copy_earlier(std::vector<Recorded>& variables);

    const Description& description_;
    std::int64_t number_;
    std::string path_, temporary_;
    std::vector<double> times_{};
    std::optional<NetcdfFile> file_{};
    std::int64_t pending_ = 0;
};

// Paths of the complete files of this scheme and rank, sorted.
std::vector<std::string> files_in(const std::string& folder, const Description& description);

}  // namespace paramnet

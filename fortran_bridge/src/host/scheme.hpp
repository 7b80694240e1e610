// A loaded scheme: its manifest, the host's arrays, the backend that evaluates it and what has been counted.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backend.hpp"
#include "host/evaluator.hpp"
#include "host/binding.hpp"
#include "artefact/manifest.hpp"
#include "paramnet.h"

namespace paramnet {

class Scheme {
public:
    Scheme(const std::string& path, const Settings& settings) : Scheme(Artefact(path), settings) {}
    Scheme(const Artefact& artefact, const Settings& settings);

    const Manifest& manifest() const { return manifest_; }
    const std::string& description() const { return description_; }

    void bind_input(const std::string& name, const std::string& units, const paramnet_array& array);
    void bind_output(const std::string& name, const std::string& units, const paramnet_array& array);
    void run(std::int64_t columns, std::int32_t* flags);
    paramnet_counts counts() const;

    // Throw Error(CONTRACT_MISMATCH) naming the first level or constant that differs, expected and got.
    void check_pressure(std::int64_t columns, const paramnet_array& surface_pressure,
                        const paramnet_array& level_pressure, double relative_tolerance) const;
    void check_constant(const std::string& name, double value, double relative_tolerance) const;

    // An output and the training range of all outputs, in which it holds [offset, offset + size).
    // Throws Error(CONTRACT_MISMATCH) when the manifest has no such output or no range.
    std::pair<const Variable&, const Range&> output_limits(const std::string& name) const;

private:
    void count(std::int64_t columns);

    Manifest manifest_;
    Slots inputs_;
    Slots outputs_;
    std::string reason_;  // why this backend
    std::unique_ptr<Backend> backend_;
    Evaluator evaluator_;
    std::string description_;
    std::vector<std::int32_t> flags_;
    paramnet_counts counts_{};
    mutable std::mutex mutex_;  // binding, staging rows and counters are one per scheme
};

}  // namespace paramnet

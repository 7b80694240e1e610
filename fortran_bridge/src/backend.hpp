// What evaluates a network.  A backend reads the host's arrays itself, so that one which works on column-fastest
// arrays (a native kernel) need not pay for rows that only libtorch wants.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "binding.hpp"
#include "manifest.hpp"

namespace paramnet {

enum class Precision { float32, float64 };

struct Settings {
    std::string device = "cpu";
    std::string backend = "auto";
    Precision precision = Precision::float32;
    double envelope_tolerance = 0.0;
    int threads = 1;
};

class Backend {
public:
    Backend() = default;
    virtual ~Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // Evaluates columns 0..columns-1, all bound and large enough, and sets flags[column] to PARAMNET_FLAG_* sums.
    // Outputs of columns flagged as non-finite are zeros.  Throws Error(BACKEND, DEVICE or OUT_OF_MEMORY) before any
    // output is written; after the first call with this many columns it makes no allocation of its own.
    virtual void evaluate(const Slots& inputs, const Slots& outputs, std::int64_t columns, std::int32_t* flags) = 0;

    // "torchscript on cpu, float32, 1 thread"
    virtual std::string describe() const = 0;
};

// Loads the TorchScript of `path` and runs it once on made-up columns to prove that it fits its manifest.
std::unique_ptr<Backend> make_torchscript_backend(const std::string& path, const Manifest& manifest,
                                                  const Settings& settings);

}  // namespace paramnet

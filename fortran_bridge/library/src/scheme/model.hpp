// A loaded scheme: its manifest, the backend that evaluates it, and the state common to all handles that share it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "artefact/artefact.hpp"
#include "artefact/manifest.hpp"
#include "backends/backend.hpp"
#include "paramnet.h"
#include "scheme/evaluator.hpp"
#include "scheme/linearization.hpp"

namespace paramnet {

class Scheme;

class Model {
public:
    Model(const std::string& path, const Settings& settings, const HostOptions& options)
        : Model(Artefact(path), settings, options) {}

    const Manifest& manifest() const { return manifest_; }
    const std::string& description() const { return description_; }
    Backend& backend() { return *backend_; }

    // Of one handle.  Elided: it cannot be moved.
    Linearization make_linearization() { return {*backend_, manifest_, envelope_, options_}; }
    Treatment treatment() const { return {fraction_.load(), compare_.load(), noise()}; }

    // Throws Error(INVALID_ARGUMENT) where fixers follow the network: these have no derivative.
    void require_differentiable() const;

    // Evaluates the segments and counts them as one call.
    void run(std::span<const Segment> segments);

    // The same for arrays in the memory of the scheme's device.  Throws Error(DEVICE) where the backend runs elsewhere,
    // or for ramp, comparison, fixers, 'keep' or a distance, which are done on the CPU side only.
    void run_on_device(const Segment& segment);
    void require_device();

    // Throws Error(CONTRACT_MISMATCH) unless the host's grid was compared, the scheme has no profiles or is not strict.
    void require_grid() const;
    void grid_was_compared() { grid_compared_.store(true); }

    // See plausibility.hpp.  Outputs hold values of the host only where these are compared or blended.
    void require_plausible_inputs(std::span<const Field> fields, std::int64_t first, std::int64_t columns) const;
    void require_plausible_outputs(std::span<const Field> fields, std::int64_t first, std::int64_t columns) const;
    bool reads_outputs() const { return compare_.load() || fraction_.load() < 1.0; }

    // Throw Error(CONTRACT_MISMATCH) naming the first level or constant that differs, expected and got.
    void check_pressure(std::int64_t columns, const paramnet_array& surface_pressure,
                        const paramnet_array& level_pressure, double relative_tolerance);
    void declare_grid(std::span<const double> a, std::span<const double> b, bool bottom_first,
                      double relative_tolerance);
    void declare_heights(std::span<const double> height, bool bottom_first, double relative_tolerance);
    void check_constant(const std::string& name, double value, double relative_tolerance) const;

    // An output and the training range of all outputs, in which it holds [offset, offset + size).
    // Throws Error(CONTRACT_MISMATCH) when the manifest has no such output or no range.
    std::pair<const Variable&, const Range&> output_limits(const std::string& name) const;

    // The random numbers of later calls; step: of the host, with which the state of all handles advances.
    void set_step(std::int64_t step);
    void set_noise(std::int64_t seed, std::int64_t member);
    void set_stochastic(bool on) { stochastic_.store(on); }
    NoiseKey noise() const { return {seed_.load(), member_.load(), step_.load(), stochastic_.load()}; }

    void set_ramp(double fraction);
    void set_comparison(bool on);
    // The sums of one level of the outputs since the comparison was switched on; row in the contract's order.
    Comparison::Sums comparison(std::int64_t row) const;
    void add_fixer(const std::string& kind, const std::string& roles);
    paramnet_counts counts() const;
    std::int64_t corrected(const std::string& fixer) const;  // columns that this kind of fixer changed noticeably

    // Columns that wait for flush; freeing a handle removes its own.
    void enqueue(Scheme& scheme, std::int64_t first, std::int64_t columns, std::int32_t* flags);
    void flush();
    void forget(const Scheme& scheme) noexcept;

private:
    Model(const Artefact& artefact, const Settings& settings, const HostOptions& options);

    struct Waiting {
        Scheme* scheme;
        std::int64_t first, columns;
        std::int32_t* flags;
    };

    Manifest manifest_;
    HostOptions options_;
    Envelope envelope_;
    std::string reason_;  // for the choice of this backend
    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Evaluator> evaluator_;
    std::string description_;
    std::atomic<bool> grid_compared_{false}, compare_{false};
    std::atomic<double> fraction_{1.0};
    std::atomic<std::uint32_t> seed_{0}, member_{0};
    std::atomic<std::int64_t> step_{-1};
    std::atomic<bool> stochastic_{true};
    mutable Totals totals_;
    std::mutex device_mutex_;
    std::unique_ptr<DeviceWorker> device_worker_;
    std::vector<DeviceArray> device_inputs_, device_outputs_;
    std::vector<std::int32_t> device_flags_;
    std::mutex queue_mutex_;
    std::vector<Waiting> queue_;
    std::vector<Segment> segments_;  // of flush, kept to avoid reallocation
};

}  // namespace paramnet

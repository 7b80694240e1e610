#include "scheme/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.hpp"
#include "common/log.hpp"
#include "scheme/plausibility.hpp"
#include "scheme/scheme.hpp"

namespace paramnet {
namespace {

Envelope envelope_of(const Manifest& manifest, const Settings& settings, const HostOptions& options) {
    return read_envelope(manifest, options.envelope_quantile, settings.envelope_tolerance, options.distance_quantile);
}

constexpr const char* no_envelope = "no training envelope: the guard flags what is not finite, nothing else";

}  // namespace

Model::Model(const Artefact& artefact, const Settings& settings, const HostOptions& options)
    : manifest_(parse_manifest(artefact.text("paramnet.json"), artefact.path())),
      options_(options),
      envelope_(envelope_of(manifest_, settings, options)),
      backend_(choose_backend(artefact, manifest_, settings, reason_)),
      evaluator_(make_evaluator(*backend_, manifest_, envelope_, options_, settings.threads)),
      description_(manifest_.name + " (contract " + manifest_.contract_name + "), " + backend_->describe() +
                   " (" + reason_ + ")" + (manifest_.input_range ? "" : std::string(", ") + no_envelope)),
      totals_(manifest_.output_width()) {
    if (!manifest_.input_range) warn_once(artefact.path() + ": " + no_envelope);
}

void Model::run(std::span<const Segment> segments) {
    if (!segments.empty() && segments.back().start + segments.back().columns > 0)
        return evaluator_->run(segments, treatment(), totals_);
    const std::lock_guard lock(totals_.mutex);
    totals_.counts.calls += 1;
}

void Model::require_differentiable() const {
    if (!evaluator_->has_fixers()) return;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "linearize", .expected = "a scheme without fixers of add_fixer, which have no derivative", .got = "one with them",
                 .remedy = "train and export it with the constraint, or load it again without fixers for the derivative"});
}

void Model::require_grid() const {
    if (!options_.strict || grid_compared_.load()) return;
    const auto profile = [](const Variable& variable) { return variable.profile; };
    if (std::ranges::none_of(manifest_.inputs, profile) && std::ranges::none_of(manifest_.outputs, profile)) return;
    throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                {.what = "run", .expected = "the host's vertical grid to be declared", .got = "none",
                 .remedy = std::string("call ") + (manifest_.grid.has_pressure() ? "check_pressure or declare_grid" : "declare_heights") +
                     " once before the first run, or load the scheme with strict off"});
}

void Model::require_plausible_inputs(std::span<const Field> fields, std::int64_t first, std::int64_t columns) const {
    require_plausible(manifest_.inputs, fields, first, columns, manifest_, options_.strict);
}

void Model::require_plausible_outputs(std::span<const Field> fields, std::int64_t first, std::int64_t columns) const {
    require_plausible(manifest_.outputs, fields, first, columns, manifest_, options_.strict);
}

std::pair<const Variable&, const Range&> Model::output_limits(const std::string& name) const {
    const Variable& variable = find_variable(manifest_.outputs, "output", name);
    if (!manifest_.output_range)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = name, .expected = "envelope.outputs in the manifest",
                     .got = "a scheme without the range of its training data",
                     .remedy = "write it again with `paramnet export`"});
    return {variable, *manifest_.output_range};
}

namespace {

void require_word(const char* what, std::int64_t value) {
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = what, .expected = "0 to " + std::to_string(std::numeric_limits<std::uint32_t>::max()),
                     .got = std::to_string(value)});
}

}  // namespace

void Model::set_step(std::int64_t step) {
    require_word("set_step", step);
    step_.store(step);
}

void Model::set_noise(std::int64_t seed, std::int64_t member) {
    require_word("set_noise: seed", seed);
    require_word("set_noise: member", member);
    seed_.store(static_cast<std::uint32_t>(seed));
    member_.store(static_cast<std::uint32_t>(member));
}

void Model::set_ramp(double fraction) {
    if (!(fraction >= 0.0 && fraction <= 1.0))
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "ramp", .expected = "a fraction from 0 to 1", .got = text(fraction)});
    fraction_.store(fraction);
}

void Model::set_comparison(bool on) {
    const std::lock_guard lock(totals_.mutex);
    if (on && !compare_.load()) totals_.comparison.clear();
    compare_.store(on);
}

Comparison::Sums Model::comparison(std::int64_t row) const {
    const std::lock_guard lock(totals_.mutex);
    return totals_.comparison.row(row);
}

void Model::add_fixer(const std::string& kind, const std::string& roles) {
    evaluator_->add_fixer(Fixer(manifest_, kind, roles));
}

paramnet_counts Model::counts() const {
    const std::lock_guard lock(totals_.mutex);
    paramnet_counts counts = totals_.counts;
    std::copy_n(totals_.counts.by_fixer.begin(), std::size(counts.corrected), counts.corrected);
    return counts;
}

std::int64_t Model::corrected(const std::string& fixer) const {
    const std::size_t kind = find_fixer_kind(present_name(fixer));
    const std::lock_guard lock(totals_.mutex);
    return totals_.counts.by_fixer[kind];
}

void Model::enqueue(Scheme& scheme, std::int64_t first, std::int64_t columns, std::int32_t* flags) {
    const std::lock_guard lock(queue_mutex_);
    queue_.push_back({&scheme, first, columns, flags});
}

void Model::flush() {
    const std::lock_guard lock(queue_mutex_);
    segments_.clear();
    try {
        std::int64_t start = 0;
        for (const Waiting& one : queue_) {
            segments_.push_back(one.scheme->segment(one.first, one.columns, one.flags));
            segments_.back().start = start;
            one.scheme->look(one.first, one.columns);
            start += one.columns;
        }
        if (start > 0) run(segments_);
    } catch (...) {
        queue_.clear();
        throw;
    }
    queue_.clear();
}

void Model::forget(const Scheme& scheme) noexcept {
    const std::lock_guard lock(queue_mutex_);
    std::erase_if(queue_, [&](const Waiting& one) { return one.scheme == &scheme; });
}

}  // namespace paramnet

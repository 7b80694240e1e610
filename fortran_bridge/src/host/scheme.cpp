#include "host/scheme.hpp"

#include <algorithm>

#include "error.hpp"

namespace paramnet {
Scheme::Scheme(const Artefact& artefact, const Settings& settings)
    : manifest_(parse_manifest(artefact.text("paramnet.json"), artefact.path())),
      inputs_("input", manifest_.inputs),
      outputs_("output", manifest_.outputs),
      backend_(choose_backend(artefact, manifest_, settings, reason_)),
      evaluator_(*backend_, manifest_, settings),
      description_(manifest_.name + " (contract " + manifest_.contract_name + "), " + backend_->describe()) {}

void Scheme::bind_input(const std::string& name, const std::string& units, const paramnet_array& array) {
    const std::lock_guard lock(mutex_);
    inputs_.bind(name, units, array);
}

void Scheme::bind_output(const std::string& name, const std::string& units, const paramnet_array& array) {
    const std::lock_guard lock(mutex_);
    outputs_.bind(name, units, array);
}

void Scheme::run(std::int64_t columns, std::int32_t* flags) {
    const std::lock_guard lock(mutex_);
    if (columns < 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "run: expected ncol of 0 or more, got " + std::to_string(columns));
    inputs_.require_columns(columns);
    outputs_.require_columns(columns);
    if (columns > 0) {
        if (flags_.size() < static_cast<std::size_t>(columns)) flags_.resize(static_cast<std::size_t>(columns));
        evaluator_.evaluate(inputs_, outputs_, columns, flags_.data());
        if (flags != nullptr) std::copy_n(flags_.begin(), columns, flags);
    }
    count(columns);
}

void Scheme::count(std::int64_t columns) {
    counts_.calls += 1;
    counts_.columns += columns;
    for (std::int64_t column = 0; column < columns; ++column) {
        const std::int32_t flags = flags_[static_cast<std::size_t>(column)];
        counts_.nonfinite_input += (flags & PARAMNET_FLAG_NONFINITE_INPUT) != 0;
        counts_.nonfinite_output += (flags & PARAMNET_FLAG_NONFINITE_OUTPUT) != 0;
        counts_.outside_envelope += (flags & PARAMNET_FLAG_OUTSIDE_ENVELOPE) != 0;
    }
}

paramnet_counts Scheme::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::pair<const Variable&, const Range&> Scheme::output_limits(const std::string& name) const {
    const Variable& variable = find_variable(manifest_.outputs, "output", name);
    if (!manifest_.output_range)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    name + ": expected envelope.outputs in the manifest, got a scheme without the range of its "
                           "training data; write it again with `paramnet export`");
    return {variable, *manifest_.output_range};
}

}  // namespace paramnet

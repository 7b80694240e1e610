// The range and distance of the training inputs, for the guard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"

namespace paramnet {

// Per input row; empty: only finiteness is checked.
struct Box {
    std::vector<double> lower, upper;
};

constexpr std::size_t most_components = 32;  // of the distance; export writes at most 16

// The distance of docs/reference/artefact.md ("The guard's distance") and its limit.
struct Distance {
    std::vector<double> mean, inverse_std;      // one per input row
    std::vector<double> components;             // count x rows, one after the other
    std::vector<double> inverse_scale;          // count
    double residual_inverse_scale = 0.0;
    double limit = 0.0;
};

struct Envelope {
    Box box;
    std::optional<Distance> distance;
};

// quantile: of either side, 0 for minimum and maximum; tolerance widens the box on both sides by that fraction of its
// width, and the distance's limit by that fraction of itself; distance_quantile 0: no distance.
// Throws Error(CONTRACT_MISMATCH) listing what the manifest has, where it lacks a quantile.
Envelope read_envelope(const Manifest& manifest, double quantile, double tolerance, double distance_quantile);

}  // namespace paramnet

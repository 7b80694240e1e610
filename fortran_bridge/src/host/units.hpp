// The closed table of units that a host may declare instead of the contract's.
#pragma once

#include <optional>
#include <string>

#include "artefact/manifest.hpp"

namespace paramnet {

// contract value = host value * scale * (pressure thickness of the level, Pa) ^ thickness_power
struct Conversion {
    double scale = 1.0;
    int thickness_power = 0;  // -1, 0 or 1
};

// Empty where the table has no such pair.  Throws Error(CONTRACT_MISMATCH) when the scheme lacks a constant it takes.
std::optional<Conversion> find_conversion(const std::string& host, const std::string& contract,
                                          const Manifest& manifest);

}  // namespace paramnet

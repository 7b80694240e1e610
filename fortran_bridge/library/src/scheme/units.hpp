// Units that a host may declare instead of the contract's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"

namespace paramnet {

// contract value = host value * scale * (pressure thickness of the level, Pa) ^ thickness_power + shift
struct Conversion {
    double scale = 1.0;
    double shift = 0.0;
    int thickness_power = 0;  // -1, 0 or 1
};

// Empty for different quantities.  Throws Error(CONTRACT_MISMATCH) when the scheme lacks a constant of the conversion.
std::optional<Conversion> find_conversion(const std::string& host, const std::string& contract,
                                          const Manifest& manifest);

// Units that hosts often have and that can be converted into the contract's.
std::vector<std::string> usual_units(const std::string& contract, const Manifest& manifest);

}  // namespace paramnet

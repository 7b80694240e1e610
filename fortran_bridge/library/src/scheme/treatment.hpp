// Configuration of the treatment of columns and results, independent of the evaluation of the network.
#pragma once

#include <cstdint>

#include "paramnet.h"
#include "scheme/carried.hpp"

namespace paramnet {

constexpr std::int32_t nonfinite_flags = PARAMNET_FLAG_NONFINITE_INPUT | PARAMNET_FLAG_NONFINITE_OUTPUT;

// Fixed at load.
struct HostOptions {
    double envelope_quantile = 0.0;  // of either side; 0: minimum and maximum
    double distance_quantile = 0.0;  // of the training data's distances; 0: the distance is not checked
    std::int32_t fallback_flags = nonfinite_flags;
    bool fallback_keeps = false;     // columns with such a flag keep the host's values instead of zeros
    bool strict = true;              // no run before the host's vertical grid has been compared
};

// May change from call to call.
struct Treatment {
    double fraction = 1.0;  // output = fraction * network + (1 - fraction) * host
    bool compare = false;   // the host's outputs are kept; the differences are summed
    NoiseKey noise = {};
};

}  // namespace paramnet

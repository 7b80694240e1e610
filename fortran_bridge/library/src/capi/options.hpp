// paramnet_options, checked.
#pragma once

#include "backends/backend.hpp"
#include "paramnet.h"
#include "scheme/treatment.hpp"

namespace paramnet {

struct LoadOptions {
    Settings settings;
    HostOptions host;
};

paramnet_options default_options();

// given may be null, for the defaults.  Throws Error(INVALID_ARGUMENT) naming the option, expected and got.
LoadOptions load_options(const paramnet_options* given);

}  // namespace paramnet

// Handles are tickets, not addresses: one that was freed, freed twice or never issued is detected, not dereferenced.
#pragma once

#include <memory>

#include "paramnet.h"
#include "scheme/scheme.hpp"

namespace paramnet {

// Throws Error(OUT_OF_MEMORY) when several thousand are in use at once.
paramnet_scheme* open_handle(std::unique_ptr<Scheme> scheme);

// Throws Error(INVALID_ARGUMENT) when there is no such scheme (any more).
Scheme& find_scheme(const paramnet_scheme* handle);
void close_handle(paramnet_scheme* handle);

}  // namespace paramnet

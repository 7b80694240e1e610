// The compiled package `scheme.pt2` beside an artefact, and its papers `scheme.pt2.json` (docs/artefact.md).
#pragma once

#include <string>

#include "artefact/artefact.hpp"

namespace paramnet {

// Verifies papers and package and unpacks it, once per node and user: returns the folder.  Throws Error: FILE where there
// is none, FORMAT or CONTRACT_MISMATCH where it is not this artefact's, BACKEND where this processor or `libtorch` (the
// version that would run it) is not what it was compiled for.
std::string open_package(const Artefact& artefact, const std::string& libtorch);

// Where open_package looks.
std::string package_path(const Artefact& artefact);

}  // namespace paramnet

// The compiled package `scheme.pt2` beside an artefact, and its papers `scheme.pt2.json` (docs/reference/artefact.md).
#pragma once

#include <string>

#include "artefact/artefact.hpp"

namespace paramnet {

// Verifies papers and package and unpacks it, once per node and user: returns the folder.  The papers lie beside the package
// and show that it fits and is whole, not where it comes from; `named` does, the SHA-256 in the artefact's own manifest
// (empty: the host asked for the package all the same).  Throws Error: FILE where there is none, FORMAT or
// CONTRACT_MISMATCH where it is not this artefact's, BACKEND where this processor or `libtorch` (the version that would run
// it) is not what it was compiled for.
std::string open_package(const Artefact& artefact, const std::string& named, const std::string& libtorch);

// Where open_package looks.
std::string package_path(const Artefact& artefact);

}  // namespace paramnet

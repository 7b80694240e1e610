// The compiled package `scheme.pt2` of an artefact, and its metadata `scheme.pt2.json` (docs/reference/artefact.md).
#pragma once

#include <string>

#include "artefact/artefact.hpp"

namespace paramnet {

// Verifies metadata and package and unpacks it, once per node and user; returns the folder.  The metadata, next to the
// package, show that it fits and is complete, but not its origin.  `named` does, the SHA-256 in the artefact's manifest
// (empty: the host requested the package all the same).  Throws Error: FILE where there is none, FORMAT or
// CONTRACT_MISMATCH where it is not this artefact's, BACKEND where it was compiled for another processor or for a
// version of libtorch other than `libtorch`, which would run it.
std::string open_package(const Artefact& artefact, const std::string& named, const std::string& libtorch);

// The file that open_package reads.
std::string package_path(const Artefact& artefact);

}  // namespace paramnet

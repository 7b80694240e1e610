// Reads complete files into memory.
#pragma once

#include <string>

#include "artefact/artefact.hpp"

namespace paramnet {

// Throws Error(PARAMNET_STATUS_FILE) when `path` is not a readable file, std::bad_alloc when it does not fit in memory.
AlignedBytes read_file(const std::string& path);

}  // namespace paramnet

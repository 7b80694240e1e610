// The error for damaged archives.
#pragma once

#include <string>

namespace paramnet {

// Throws Error(PARAMNET_STATUS_FORMAT) naming `path`; `what`: "its directory is missing".
[[noreturn]] void damaged(const std::string& path, const std::string& what);

}  // namespace paramnet

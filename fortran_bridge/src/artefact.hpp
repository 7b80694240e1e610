// The file `scheme.pt` as a container: a zip of TorchScript with paramnet.json among its extra files.
#pragma once

#include <string>

namespace paramnet {

// The text of paramnet.json.  Throws Error: FILE when `path` cannot be read, FORMAT when it is not a whole scheme.
std::string read_manifest_text(const std::string& path);

}  // namespace paramnet

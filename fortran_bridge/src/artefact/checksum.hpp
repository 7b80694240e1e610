// Is every member of the archive what was written?  libtorch's own zip reader does not look at the checksums.
#pragma once

#include <string>

namespace paramnet {

// Throws Error(PARAMNET_STATUS_FORMAT) naming the first member of the zip `path` whose stored bytes do not match the
// CRC-32 in the archive's directory.  Compressed members (TorchScript's source, which libtorch's inflate and parser
// check themselves) are not looked at.
void require_checksums(const std::string& path);

}  // namespace paramnet

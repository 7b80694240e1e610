// Checks that TorchScript is safe to load, by reading its members, code and pickles without libtorch.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "artefact/artefact.hpp"

namespace paramnet {

// Return true if libtorch has an operator aten::name.
using IsOperator = std::function<bool(const std::string&)>;

// Throws Error(PARAMNET_STATUS_FORMAT) naming operator, member and line by which the TorchScript could do more than
// compute.  The rules are those of src/paramnet/exporting/screening.py.
void require_harmless(const std::vector<NamedBytes>& members, const std::string& path, const IsOperator& is_operator);

}  // namespace paramnet

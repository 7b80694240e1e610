// Checks that the archive has exactly the members listed in the manifest, unchanged.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "artefact/json_reader.hpp"

namespace paramnet {

// contents: by the members' names below the top folder, without extra/paramnet.json.
// Throws Error(PARAMNET_STATUS_FORMAT) naming every member that is missing, not listed or changed.
void require_members(const JsonReader& manifest, const std::map<std::string, std::span<const std::byte>>& contents,
                     const std::string& path);

}  // namespace paramnet

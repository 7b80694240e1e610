#include "artefact/members.hpp"

#include <utility>
#include <vector>

#include "artefact/sha256.hpp"
#include "artefact/trust.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::size_t most_named = 20;  // keeps the message readable

std::string listed(const std::vector<std::string>& names, const char* what) {
    if (names.empty()) return "";
    std::string words = std::string("; ") + what + ": ";
    for (std::size_t index = 0; index < names.size() && index < most_named; ++index)
        words += (index == 0 ? "" : ", ") + names[index];
    return names.size() <= most_named ? words : words + " and " + std::to_string(names.size() - most_named) + " more";
}

bool is_unchanged(const JsonReader& entry, std::span<const std::byte> content) {
    const bool same = std::cmp_equal(entry.integer("bytes"), content.size()) && entry.string("sha256") == sha256(content);
    return same || hashes_are_ignored;
}

}  // namespace

void require_members(const JsonReader& manifest, const std::map<std::string, std::span<const std::byte>>& contents,
                     const std::string& path) {
    const JsonReader members = manifest.object("members");
    std::vector<std::string> missing, unlisted, changed;
    for (const auto& [name, content] : contents) {
        if (!members.has(name.c_str()))
            unlisted.push_back(name);
        else if (!is_unchanged(members.object(name.c_str()), content))
            changed.push_back(name);
    }
    for (const auto& [name, entry] : manifest.at("members").object())
        if (!contents.contains(name)) missing.push_back(name);
    if (missing.empty() && unlisted.empty() && changed.empty()) return;
    throw Error(PARAMNET_STATUS_FORMAT,
                path + ": expected exactly the members that paramnet.json lists, with the same bytes" +
                    listed(missing, "missing") + listed(unlisted, "not listed") + listed(changed, "changed since export") +
                    "; copy the file again or repeat `paramnet export`");
}

}  // namespace paramnet

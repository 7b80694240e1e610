#include "artefact/members.hpp"

#include <utility>
#include <vector>

#include "artefact/sha256.hpp"
#include "artefact/trust.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::size_t most_named = 20;  // keeps the message readable

// Appends "missing: a, b and 3 more" to `words`.
void list(std::string& words, const std::vector<std::string>& names, const char* what) {
    if (names.empty()) return;
    words += std::string(words.empty() ? "" : "; ") + what + ": ";
    for (std::size_t index = 0; index < names.size() && index < most_named; ++index)
        words += (index == 0 ? "" : ", ") + names[index];
    if (names.size() > most_named) words += " and " + std::to_string(names.size() - most_named) + " more";
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
    std::string got;
    list(got, missing, "missing");
    list(got, unlisted, "not listed");
    list(got, changed, "changed since export");
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = path,
                 .expected = "exactly the members that paramnet.json lists, with the same bytes",
                 .got = got, .remedy = "copy the file again or repeat `paramnet export`"});
}

}  // namespace paramnet

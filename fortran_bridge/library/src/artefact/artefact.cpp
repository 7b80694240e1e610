#include "artefact/artefact.hpp"

#include <cstring>
#include <new>

#include "artefact/checksum.hpp"
#include "artefact/damage.hpp"
#include "artefact/file.hpp"
#include "artefact/manifest.hpp"
#include "artefact/members.hpp"
#include "artefact/sha256.hpp"
#include "artefact/trust.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::align_val_t alignment{64};
constexpr const char* extra_folder = "extra/";
constexpr const char* manifest_member = "extra/paramnet.json";

[[noreturn]] void refuse(const std::string& path, const std::string& expected, const std::string& got,
                         const std::string& remedy) {
    throw Error(PARAMNET_STATUS_FORMAT, {.what = path, .expected = expected, .got = got, .remedy = remedy});
}

// Clearer messages than "its directory is missing" of a zip archive.
void require_zip(std::span<const std::byte> content, const std::string& path) {
    if (content.empty()) refuse(path, "a scheme.pt", "an empty file", "copy it again or repeat `paramnet export`");
    if (content.size() < 4 || std::memcmp(content.data(), "PK\003\004", 4) != 0)
        refuse(path, "a scheme.pt (a zip archive)", "another kind of file",
               "write one with `paramnet export`, or `paramnet import` a network from elsewhere");
}

// Every member of a torch archive is in one folder, which is named after the file it was first written to.
std::string top_folder(const std::vector<ZipMember>& members, const std::string& path) {
    if (members.empty()) refuse(path, "a scheme.pt", "an empty archive", "write one with `paramnet export`");
    const std::string folder = members.front().name.substr(0, members.front().name.find('/') + 1);
    for (const ZipMember& member : members)
        if (folder.empty() || !member.name.starts_with(folder) || member.name.size() == folder.size())
            refuse(path, "a scheme.pt, whose members are in one folder", "an archive with the member '" + member.name + "'",
                   "write one with `paramnet export`");
    return folder;
}

}  // namespace

AlignedBytes::AlignedBytes(std::size_t size)
    : data_(static_cast<std::byte*>(::operator new[](size, alignment))), size_(size) {}

void AlignedBytes::Delete::operator()(std::byte* data) const noexcept { ::operator delete[](data, alignment); }

Artefact::Artefact(const std::string& path) : path_(path), content_(read_file(path)) { open(); }

Artefact::Artefact(const std::string& path, std::span<const std::byte> content)
    : path_(path), content_(content.size()) {
    if (!content.empty()) std::memcpy(content_.all().data(), content.data(), content.size());
    open();
}

void Artefact::open() {
    require_zip(content_.all(), path_);
    const std::vector<ZipMember> members = read_zip_directory(content_.all(), path_);
    const std::size_t folder = top_folder(members, path_).size();
    for (const ZipMember& member : members) members_.emplace(member.name.substr(folder), member);
    verify();
    manifest_sha256_ = sha256(bytes("paramnet.json"));
    for (const auto& [name, member] : members_) {
        if (!name.starts_with(extra_folder) || member.offset % static_cast<std::size_t>(alignment) == 0) continue;
        AlignedBytes& copy = realigned_.emplace(name, AlignedBytes(member.size)).first->second;
        if (member.size > 0) std::memcpy(copy.all().data(), stored(member).data(), member.size);
    }
}

std::span<const std::byte> Artefact::stored(const ZipMember& member) const {
    return content_.all().subspan(member.offset, member.size);
}

void Artefact::verify() const {
    for (const auto& [name, member] : members_)
        if (!member.compressed && crc32(stored(member)) != member.crc && !hashes_are_ignored)
            damaged(path_, "the checksum of its member " + member.name + " is wrong");
    if (!has("paramnet.json")) {
        const bool torchscript = members_.contains("data.pkl") || members_.contains("constants.pkl");
        if (torchscript)
            refuse(path_, "paramnet.json among its extra files", "TorchScript without it",
                   "give it a contract with `paramnet import source=torchscript`, or write the scheme with `paramnet export`");
        refuse(path_, "a scheme.pt", "a zip archive without extra/paramnet.json", "write one with `paramnet export`");
    }
    const std::string where = path_ + ": paramnet.json";
    const Json manifest = parse_json(text("paramnet.json"), where);
    const JsonReader root(manifest, where, "");
    require_manifest_version(root, path_);
    std::map<std::string, std::span<const std::byte>> contents;
    for (const auto& [name, member] : members_) {
        if (member.compressed)
            refuse(path_, "its member " + name + " stored", "it compressed", "repeat `paramnet export`");
        if (name != manifest_member) contents.emplace(name, stored(member));
    }
    require_members(root, contents, path_);
}

std::vector<NamedBytes> Artefact::members() const {
    std::vector<NamedBytes> result;
    for (const auto& [name, member] : members_) result.push_back({name, stored(member)});
    return result;
}

bool Artefact::has(const std::string& name) const { return members_.contains(extra_folder + name); }

std::string Artefact::text(const std::string& name) const {
    const auto characters = bytes(name);
    return {reinterpret_cast<const char*>(characters.data()), characters.size()};
}

std::span<const std::byte> Artefact::bytes(const std::string& name) const {
    const std::string full = extra_folder + name;
    if (const auto copy = realigned_.find(full); copy != realigned_.end()) return copy->second.all();
    const auto found = members_.find(full);
    if (found == members_.end())
        refuse(path_, "a member " + full, "none", "write the scheme again with `paramnet export`");
    if (found->second.compressed)
        refuse(path_, "its member " + full + " stored", "it compressed", "write the scheme again with `paramnet export`");
    return stored(found->second);
}

}  // namespace paramnet

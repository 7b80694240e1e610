// The file `scheme.pt` as a container: a zip of stored members, read and verified without libtorch (docs/reference/artefact.md).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "artefact/zip.hpp"

namespace paramnet {

// Bytes aligned to 64.
class AlignedBytes {
public:
    AlignedBytes() = default;
    explicit AlignedBytes(std::size_t size);  // throws std::bad_alloc

    std::span<std::byte> all() { return {data_.get(), size_}; }
    std::span<const std::byte> all() const { return {data_.get(), size_}; }

private:
    struct Delete {
        void operator()(std::byte* data) const noexcept;
    };
    std::unique_ptr<std::byte[], Delete> data_;
    std::size_t size_ = 0;
};

struct NamedBytes {
    std::string name;
    std::span<const std::byte> content;
};

class Artefact {
public:
    // Reads the file once and verifies all its content: the archive's structure, every member's CRC-32 and, as listed
    // in the manifest, length and SHA-256.  Later changes of the file have no effect.
    // Throws Error: FILE when `path` cannot be read, FORMAT when it is not a complete scheme.
    explicit Artefact(const std::string& path);

    // The same for the content of a file already in memory; `path` is for messages.
    Artefact(const std::string& path, std::span<const std::byte> content);

    Artefact(const Artefact&) = delete;
    Artefact& operator=(const Artefact&) = delete;

    const std::string& path() const { return path_; }
    std::span<const std::byte> content() const { return content_.all(); }
    const std::string& manifest_sha256() const { return manifest_sha256_; }

    // Names are those of the extra files: "paramnet.json", "program.json", "weights.bin".
    bool has(const std::string& name) const;
    bool has_program() const { return has("program.json"); }

    // All of them, by their names below the archive's top folder.
    std::vector<NamedBytes> members() const;

    // Throw Error(FORMAT) when there is no such member.  bytes() is aligned to 64 and valid as long as this object.
    std::string text(const std::string& name) const;
    std::span<const std::byte> bytes(const std::string& name) const;

private:
    void open();
    void verify() const;
    std::span<const std::byte> stored(const ZipMember& member) const;

    std::string path_;
    AlignedBytes content_;
    std::map<std::string, ZipMember> members_;  // by their names below the archive's top folder
    std::map<std::string, AlignedBytes> realigned_;
    std::string manifest_sha256_;
};

}  // namespace paramnet

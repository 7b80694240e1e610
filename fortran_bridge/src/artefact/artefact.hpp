// The file `scheme.pt` as a container: a zip of stored members, read and verified without libtorch (docs/artefact.md).
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace paramnet {

class Artefact {
public:
    // Throws Error: FILE when `path` cannot be read, FORMAT when it is not a whole scheme.
    explicit Artefact(const std::string& path);
    ~Artefact();
    Artefact(const Artefact&) = delete;
    Artefact& operator=(const Artefact&) = delete;

    const std::string& path() const { return path_; }

    // Names are those of the extra files: "paramnet.json", "program.json", "weights.bin".
    bool has(const std::string& name) const;
    bool has_program() const { return has("program.json"); }

    // Throw Error(FORMAT) when there is no such member.  bytes() starts on a multiple of 64 and lives as long as this.
    std::string text(const std::string& name) const;
    std::span<const std::byte> bytes(const std::string& name) const;

private:
    std::string path_;
};

}  // namespace paramnet

// A zip archive's directory, read from an untrusted file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace paramnet {

struct ZipMember {
    std::string name;
    std::size_t offset = 0;  // of its stored bytes in the file
    std::size_t size = 0;    // of its stored bytes
    std::uint32_t crc = 0;
    bool compressed = false;
};

// The members of the archive `bytes`, in the directory's order, with distinct names and byte ranges that are within the
// file and do not overlap.  Memory used is proportional to the file size.  Throws Error(PARAMNET_STATUS_FORMAT).
std::vector<ZipMember> read_zip_directory(std::span<const std::byte> bytes, const std::string& path);

}  // namespace paramnet

#include "artefact/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace paramnet {
namespace {

constexpr std::size_t slices = 8;  // bytes processed at once
using Tables = std::array<std::array<std::uint32_t, 256>, slices>;

constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? 0xEDB88320u ^ (rest >> 1) : rest >> 1;
        tables[0][byte] = rest;
    }
    for (std::size_t slice = 1; slice < slices; ++slice)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = tables[0][before & 0xFFu] ^ (before >> 8);
        }
    return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) {
    static_assert(std::endian::native == std::endian::little, "artefacts are read on little-endian machines");
    std::uint32_t rest = 0xFFFFFFFFu;
    while (bytes.size() >= slices) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), slices);
        word ^= rest;
        rest = 0;
        for (std::size_t slice = 0; slice < slices; ++slice)
            rest ^= tables[slices - 1 - slice][word >> (8 * slice) & 0xFFu];
        bytes = bytes.subspan(slices);
    }
    for (const std::byte byte : bytes) rest = tables[0][(rest ^ std::to_integer<std::uint32_t>(byte)) & 0xFFu] ^ (rest >> 8);
    return ~rest;
}

}  // namespace paramnet

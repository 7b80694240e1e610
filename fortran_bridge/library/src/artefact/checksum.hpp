// CRC-32 of zip archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace paramnet {

std::uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace paramnet

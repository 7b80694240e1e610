// CRC-32 as zip archives use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace paramnet {

std::uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace paramnet

// SHA-256 (FIPS 180-4), with the processor's SHA instructions where available.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace paramnet {

// 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

// The same without SHA instructions, for the test that compares both.
std::string sha256_portable(std::span<const std::byte> bytes);

}  // namespace paramnet

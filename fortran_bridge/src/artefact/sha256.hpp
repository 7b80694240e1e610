// SHA-256 (FIPS 180-4), by the processor's own instructions where it has them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace paramnet {

// 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

// The same without the processor's instructions, for the test that compares the two.
std::string sha256_portable(std::span<const std::byte> bytes);

}  // namespace paramnet

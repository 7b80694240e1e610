// Checksums would stop a fuzzer; only the fuzzing build, which is never installed, ignores them.
#pragma once

namespace paramnet {

#ifdef PARAMNET_FUZZING
constexpr bool hashes_are_ignored = true;
#else
constexpr bool hashes_are_ignored = false;
#endif

}  // namespace paramnet

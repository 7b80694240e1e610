// A fuzzer could not get past checksums; only its own build, which nobody installs, looks away.
#pragma once

namespace paramnet {

#ifdef PARAMNET_FUZZING
constexpr bool hashes_are_ignored = true;
#else
constexpr bool hashes_are_ignored = false;
#endif

}  // namespace paramnet

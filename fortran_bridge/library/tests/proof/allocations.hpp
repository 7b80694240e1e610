// Counts the C++ allocations of the entire process, including the library's, and makes them fail.
#pragma once

#include <atomic>

namespace proof {

extern std::atomic<long> allocations_left;  // number that will still succeed; negative: all
extern std::atomic<long> allocations_live;  // not yet freed

}  // namespace proof

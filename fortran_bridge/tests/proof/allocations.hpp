// The C++ allocations of the whole process, the library's too, counted and made to fail.
#pragma once

#include <atomic>

namespace proof {

extern std::atomic<long> allocations_left;  // that still succeed; negative: all
extern std::atomic<long> allocations_live;  // not yet given back

}  // namespace proof

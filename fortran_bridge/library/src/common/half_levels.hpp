// Arrays at the interfaces of levels, which no variable of a contract has.
#pragma once

#include <cstdint>

namespace paramnet {

inline bool on_half_levels(std::int64_t got, std::int64_t levels) { return levels > 1 && got == levels + 1; }

inline constexpr const char* half_levels_remedy =
    "it is on half levels: bind the mean of the two interfaces of each level, or the lower interface of each level as a "
    "profile and the uppermost as a variable of its own";

}  // namespace paramnet

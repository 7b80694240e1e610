// The words of a unit as UDUNITS spells them: symbols by their letters, names in any case and number, SI prefixes.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace paramnet {

// Exponents of kg, m, s, K; of mol separately in numerator and denominator, to distinguish mole from mass fractions.
using Powers = std::map<std::string, int, std::less<>>;

// value * factor + offset is in the product of base units.
struct Unit {
    Powers powers;
    double factor = 1.0;
    double offset = 0.0;
};

// Multiplies by a word with its power, "m-2"; sign -1 divides.  False for an unknown word.
bool multiply(Unit& unit, std::string_view word, int sign);

}  // namespace paramnet

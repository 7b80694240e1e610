// Keeps the host's floating-point and OpenMP settings out of our results, and our settings out of the host.
#pragma once

#include <cfenv>

namespace paramnet {

// Hosts trap on invalid operations (-ffpe-trap) or flush denormals (-ffast-math).  Under the default environment a
// network that divides by zero yields NaN, which the guard flags, rather than a signal, and yields the same bits from
// every host.
class FloatingPointGuard {
public:
    FloatingPointGuard() noexcept {
        std::feholdexcept(&saved_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~FloatingPointGuard() { std::fesetenv(&saved_); }
    FloatingPointGuard(const FloatingPointGuard&) = delete;
    FloatingPointGuard& operator=(const FloatingPointGuard&) = delete;

private:
    std::fenv_t saved_;
};

}  // namespace paramnet

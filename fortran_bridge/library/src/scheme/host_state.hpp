// Isolates our results from the host's floating-point and OpenMP settings, and the host from ours.
#pragma once

#include <cfenv>

namespace paramnet {

// Hosts trap on invalid operations (-ffpe-trap) or flush denormals (-ffast-math).  Under the default environment a
// network that divides by zero yields NaN, which the guard flags, instead of a signal, and yields the same bits in
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

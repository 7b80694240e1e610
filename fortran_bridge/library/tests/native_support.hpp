// Shared by the tests of the native kernel: checks that count failures, random numbers, the available kernels.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "backends/native/isa.hpp"
#include "backends/native/memory.hpp"

namespace native_test {

// Calls of operator new so far in the entire program (native_allocations.cpp).
long allocations();

inline int failures = 0;

inline void check(bool holds, const std::string& what) {
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "FAILED: %s\n", what.c_str());
}

inline int report(const char* test) {
    std::printf("%s: %d failure(s)\n", test, failures);
    return failures == 0 ? 0 : 1;
}

// The kernels of this build that this processor can run, best first.
inline std::vector<const paramnet::native::Kernels*> all_kernels() {
    std::vector<const paramnet::native::Kernels*> result;
    for (const char* name : {"avx512", "avx2", "portable"}) {
        setenv("PARAMNET_ISA", name, 1);
        try {
            result.push_back(&paramnet::native::choose_kernels());
        } catch (const std::exception&) {
            std::printf("no %s here\n", name);
        }
    }
    unsetenv("PARAMNET_ISA");
    return result;
}

// Memory for `count` numbers, aligned to a cache line.
template <typename Real>
class Array {
public:
    explicit Array(std::int64_t count) : memory_(static_cast<std::size_t>(count) * sizeof(Real)), count_(count) {}

    Real* data() const { return reinterpret_cast<Real*>(memory_.data()); }
    Real& operator[](std::int64_t index) const { return data()[index]; }
    std::int64_t size() const { return count_; }

    const Array& fill(const std::function<double()>& number) const {
        for (std::int64_t index = 0; index < count_; ++index) data()[index] = static_cast<Real>(number());
        return *this;
    }

private:
    paramnet::native::Memory memory_;
    std::int64_t count_;
};

inline std::function<double()> uniform(double lowest, double highest, unsigned seed = 1) {
    return [generator = std::mt19937_64(seed), spread = std::uniform_real_distribution<double>(lowest, highest)]() mutable {
        return spread(generator);
    };
}

}  // namespace native_test

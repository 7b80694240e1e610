#include "backends/native/isa.hpp"

#include <array>
#include <cstdlib>
#include <string>

#include "common/error.hpp"

namespace paramnet::native {
namespace {

#ifdef PARAMNET_X86_KERNELS
// The compiler's run-time support also checks that the operating system saves the wide registers.
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && has_avx2();
}
#endif

struct Path {
    const Kernels& (*kernels)() noexcept;
    bool available;
};

// Best first.
auto paths() {
#ifdef PARAMNET_X86_KERNELS
    return std::array{Path{avx512_kernels, has_avx512()}, Path{avx2_kernels, has_avx2()}, Path{portable_kernels, true}};
#else
    return std::array{Path{portable_kernels, true}};
#endif
}

}  // namespace

const Kernels& choose_kernels() {
    const char* variable = std::getenv("PARAMNET_ISA");
    const std::string wanted = variable ? variable : "";
    std::string names;
    for (const Path& path : paths()) {
        if (!path.available) continue;
        const Kernels& kernels = path.kernels();
        if (wanted.empty() || wanted == kernels.name) return kernels;
        names += (names.empty() ? "" : ", ") + std::string(kernels.name);
    }
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "PARAMNET_ISA", .expected = "what this processor has (" + names + ")",
                 .got = "'" + wanted + "'", .remedy = "unset the environment variable to use the best"});
}

DenseFunction bfloat16_kernel() {
#ifdef PARAMNET_X86_KERNELS
    if (has_avx512() && __builtin_cpu_supports("avx512bf16")) return dense_bfloat16;
#endif
    return nullptr;
}

}  // namespace paramnet::native

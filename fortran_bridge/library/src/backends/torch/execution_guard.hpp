// Thread-local settings of libtorch for the duration of one call.
#pragma once

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

// Weak: they resolve to the OpenMP runtime and MKL that libtorch uses, or to nothing.
extern "C" {
int omp_get_max_threads(void) __attribute__((weak));
void omp_set_num_threads(int threads) __attribute__((weak));
// mkl.h's name for it: the lower-case symbol is the Fortran one, which takes an address
int MKL_Set_Num_Threads_Local(int threads) __attribute__((weak));
}

namespace paramnet {

// Sets the number of threads that libtorch may use, and restores it.  at::set_num_threads is not used: it would
// permanently change the OpenMP thread count of the host's calling thread (both share one OpenMP runtime) and
// libtorch's default for all other threads.  Only OpenMP's thread count and that of libtorch's private MKL are changed,
// for the calling thread and this call.
class ThreadGuard {
public:
    explicit ThreadGuard(int threads) {
        if (omp_get_max_threads == nullptr || omp_set_num_threads == nullptr) return;
        openmp_ = omp_get_max_threads();
        at::get_num_threads();  // on a thread's first call libtorch sets OpenMP's count itself: do that now
        omp_set_num_threads(threads);
        if (MKL_Set_Num_Threads_Local != nullptr) mkl_ = MKL_Set_Num_Threads_Local(threads);
    }
    ~ThreadGuard() {
        if (openmp_ == 0) return;
        omp_set_num_threads(openmp_);
        if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(mkl_);
    }
    ThreadGuard(const ThreadGuard&) = delete;
    ThreadGuard& operator=(const ThreadGuard&) = delete;

private:
    int openmp_ = 0;
    int mkl_ = 0;
};

// The profiling executor would make the first calls slow and later ones depend on the shapes seen before; without it
// the graph runs as exported, from the first call on.  The switch is per thread, unlike getProfilingMode().
class ExecutionGuard {
public:
    explicit ExecutionGuard(int threads) : threads_(threads) {}

private:
    ThreadGuard threads_;
    c10::InferenceMode inference_;
    torch::jit::GraphOptimizerEnabledGuard optimizer_{false};
};

}  // namespace paramnet

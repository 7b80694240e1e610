#include "scheme/thread_pool.hpp"

#include <csignal>
#include <pthread.h>

#include "scheme/host_state.hpp"

namespace paramnet {
namespace {

constexpr int spins = 2000;  // some 20 microseconds, about the cost of waking a sleeping thread

void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// Blocks signals, so that only the host's threads handle them.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &saved_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t saved_;
};

}  // namespace

ThreadPool::ThreadPool(int size) {
    const SignalsBlocked blocked;
    threads_.reserve(static_cast<std::size_t>(size - 1));
    try {
        for (int member = 1; member < size; ++member) threads_.emplace_back([this, member] { serve(member); });
    } catch (...) {
        stop();  // those that have started must be joined
        throw;
    }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() noexcept {
    {
        const std::lock_guard lock(sleep_);
        stop_.store(true);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void ThreadPool::run(Task task, void* argument) noexcept {
    task_ = task;
    argument_ = argument;
    {
        const std::lock_guard lock(sleep_);  // a thread about to sleep sees the open gate, or the notification
        gate_.fetch_add(next | open, std::memory_order_release);
    }
    wake_.notify_all();
    task(argument, 0);
    gate_.fetch_and(~open, std::memory_order_acq_rel);
    for (int spin = 0; spin < spins && (gate_.load(std::memory_order_acquire) & inside) != 0; ++spin) pause();
    if ((gate_.load(std::memory_order_acquire) & inside) == 0) return;
    std::unique_lock lock(sleep_);
    done_.wait(lock, [this] { return (gate_.load(std::memory_order_acquire) & inside) == 0; });
}

// Return true if there is an open task that this thread has not seen; the thread then counts as inside.
bool ThreadPool::enter(std::uint32_t& seen) noexcept {
    std::uint32_t gate = gate_.load(std::memory_order_acquire);
    while ((gate & open) != 0 && (gate & ~(next - 1)) != seen) {
        if (!gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) continue;
        seen = gate & ~(next - 1);
        return true;
    }
    return false;
}

void ThreadPool::leave() noexcept {
    const std::uint32_t before = gate_.fetch_sub(1, std::memory_order_acq_rel);
    if ((before & inside) != 1 || (before & open) != 0) return;
    const std::lock_guard lock(sleep_);
    done_.notify_all();
}

void ThreadPool::serve(int member) noexcept {
    const FloatingPointGuard floating_point;
    std::uint32_t seen = 0;
    while (!stop_.load(std::memory_order_relaxed)) {
        bool entered = false;
        for (int spin = 0; spin < spins && !entered; ++spin) {
            entered = enter(seen);
            if (!entered) pause();
        }
        if (!entered) {
            std::unique_lock lock(sleep_);
            wake_.wait(lock, [&] { return stop_.load() || (entered = enter(seen)); });
        }
        if (!entered) return;
        task_(argument_, member);
        leave();
    }
}

}  // namespace paramnet

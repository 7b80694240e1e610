// A lock for many readers and a rare writer that is not starved.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace paramnet {

// std::shared_mutex lets new readers overtake a waiting writer: threads that run a scheme continuously would block a
// binding for ever.  Here readers that arrive after a writer wait for it.
class TurnLock {
public:
    void lock() {
        waiting_.fetch_add(1);
        turn_.lock();
        readers_.lock();
    }
    void unlock() {
        readers_.unlock();
        turn_.unlock();
        waiting_.fetch_sub(1);
    }
    void lock_shared() {
        if (waiting_.load() > 0) const std::lock_guard behind_the_writer(turn_);
        readers_.lock_shared();
    }
    void unlock_shared() { readers_.unlock_shared(); }

private:
    std::atomic<int> waiting_{0};  // writers that wait or write
    std::mutex turn_;
    std::shared_mutex readers_;
};

}  // namespace paramnet

// Threads of our own for one fork-join a call; the host's OpenMP is never touched.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace paramnet {

class ThreadPool {
public:
    // What each thread does: `argument` is the caller's, `member` 0 (the caller) to size() - 1.
    using Task = void (*)(void* argument, int member) noexcept;

    // Starts size - 1 threads, which wait without using the processor.
    explicit ThreadPool(int size);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    // The right to call run; owns nothing while another host thread has it.
    std::unique_lock<std::mutex> try_reserve() noexcept { return {caller_, std::try_to_lock}; }

    // Runs the task on the caller and on every thread that wakes before the caller is done, and waits for those; one
    // whose processor is busy with something else is not waited for.
    void run(Task task, void* argument) noexcept;

private:
    void stop() noexcept;
    void serve(int member) noexcept;
    bool enter(std::uint32_t& seen) noexcept;
    void leave() noexcept;

    // generation in the upper bits, then whether the task is open, then how many threads are inside
    static constexpr std::uint32_t open = 1U << 15, inside = open - 1, next = 1U << 16;
    std::atomic<std::uint32_t> gate_{0};
    std::atomic<bool> stop_{false};
    Task task_ = nullptr;
    void* argument_ = nullptr;
    std::mutex caller_;
    std::mutex sleep_;
    std::condition_variable wake_, done_;
    std::vector<std::thread> threads_;
};

}  // namespace paramnet

// Our own threads for one fork-join per call; independent of the host's OpenMP.
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
    // Called by each thread: `argument` is the caller's, `member` 0 (the caller) to size() - 1.
    using Task = void (*)(void* argument, int member) noexcept;

    // Starts size - 1 threads, which wait without using the processor.
    explicit ThreadPool(int size);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    // The lock needed to call run; not owned while another host thread holds it.
    std::unique_lock<std::mutex> try_reserve() noexcept { return {caller_, std::try_to_lock}; }

    // Runs the task on the caller and on every thread that wakes before the caller is done, and waits for those; does
    // not wait for a thread whose processor is busy with other work.
    void run(Task task, void* argument) noexcept;

private:
    void stop() noexcept;
    void serve(int member) noexcept;
    bool enter(std::uint32_t& seen) noexcept;
    void leave() noexcept;

    // generation in the upper bits, then the bit of an open task, then the number of threads inside
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

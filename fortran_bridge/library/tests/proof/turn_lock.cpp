// turn_lock: readers that never pause do not starve a writer, and a writer has exclusive access.
#include "scheme/turn_lock.hpp"

#include <chrono>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

int main() {
    constexpr int readers = 4, writes = 40;
    paramnet::TurnLock lock;
    std::atomic<bool> done{false};
    std::atomic<long> reads{0};
    std::atomic<int> inside{0}, met{0};
    std::vector<std::thread> team;
    for (int reader = 0; reader < readers; ++reader)
        team.emplace_back([&] {
            while (!done.load()) {
                const std::shared_lock shared(lock);  // about the time of a network call: two readers always overlap
                inside.fetch_add(1);
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                inside.fetch_sub(1);
                reads.fetch_add(1);
            }
        });
    while (reads.load() < readers) std::this_thread::yield();
    for (int write = 0; write < writes; ++write) {
        const std::unique_lock alone(lock);
        met.fetch_add(inside.load());
    }
    done.store(true);
    for (std::thread& member : team) member.join();
    std::printf("%d writes among %ld reads, %d readers met\n", writes, reads.load(), met.load());
    return met.load() == 0 ? 0 : 1;
}

// Alternating measurements: the time of one call of each task, round by round, so that a disturbance of the machine
// affects all tasks and ratios can be taken within a round.
#pragma once

#include <time.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bench {

using Samples = std::map<std::string, std::vector<double>>;  // seconds a call, one per round

struct Task {
    std::string name;
    std::function<void()> call;
};

// thread: the processor time of this thread, which is wall time unless another process uses the core.
enum class Clock { thread, wall };

inline double now(Clock clock) {
    timespec time{};
    clock_gettime(clock == Clock::thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

inline double seconds_of(const std::function<void()>& call, int repeats, Clock clock) {
    call();  // not counted: the caches hold data of the previous task
    const double start = now(clock);
    for (int repeat = 0; repeat < repeats; ++repeat) call();
    return (now(clock) - start) / repeats;
}

// Number of calls that take about two milliseconds: short enough to fit between two disturbances.
inline int calls_of(const std::function<void()>& call, Clock clock) {
    for (int warm_up = 0; warm_up < 3; ++warm_up) call();
    const double once = std::min(seconds_of(call, 1, clock), seconds_of(call, 1, clock));
    return static_cast<int>(std::clamp(2e-3 / once, 1.0, 1000.0));
}

inline Samples alternate(std::vector<Task> tasks, int rounds, Clock clock) {
    Samples samples;
    std::map<std::string, int> repeats;
    for (const Task& task : tasks) repeats[task.name] = calls_of(task.call, clock);
    for (int round = 0; round < rounds; ++round) {
        for (const Task& task : tasks) samples[task.name].push_back(seconds_of(task.call, repeats[task.name], clock));
        std::reverse(tasks.begin(), tasks.end());
    }
    return samples;
}

}  // namespace bench

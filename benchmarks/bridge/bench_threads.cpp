// bench_threads SCHEME.pt COLUMNS ROUNDS: the bridge with one thread and with two, alternating; JSON on standard output.
// bench_threads SCHEME.pt COLUMNS until SECONDS START: calls within SECONDS after clock time START, as one rank.
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "host.hpp"
#include "timing.hpp"

namespace {

void as_rank(const std::string& path, std::int64_t columns, double seconds, double start) {
    bench::Host<double> host(path, columns, {});
    for (int warm_up = 0; warm_up < 3; ++warm_up) host.run();
    using clock = std::chrono::system_clock;
    const auto first = clock::time_point(std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(start)));
    std::this_thread::sleep_until(first);
    const auto last = first + std::chrono::duration<double>(seconds);
    long calls = 0;
    for (; clock::now() < last; ++calls) host.run();
    std::printf("%s\n", nlohmann::json({{"columns_per_second", static_cast<double>(calls * columns) / seconds}}).dump().c_str());
}

void one_and_two(const std::string& path, std::int64_t columns, int rounds) {
    bench::Host<double> one(path, columns, {}), two(path, columns, {.threads = 2});
    const auto samples =
        bench::alternate({{"one", [&] { one.run(); }}, {"two", [&] { two.run(); }}}, rounds, bench::Clock::wall);
    std::printf("%s\n", nlohmann::json(samples).dump().c_str());
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 6 && std::strcmp(arguments[3], "until") == 0)
        as_rank(arguments[1], std::atoll(arguments[2]), std::atof(arguments[4]), std::atof(arguments[5]));
    else if (count == 4)
        one_and_two(arguments[1], std::atoll(arguments[2]), std::atoi(arguments[3]));
    else
        std::fprintf(stderr, "usage: bench_threads SCHEME.pt COLUMNS (ROUNDS | until SECONDS START)\n");
    return count == 4 || count == 6 ? 0 : 2;
}

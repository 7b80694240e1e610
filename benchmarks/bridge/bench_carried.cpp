// bench_carried PLAIN.pt NOISE.pt STATE.pt ROUNDS COLUMNS: time of a step, one thread, of the same network without and with random
// numbers, and with state; JSON on standard output.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "host.hpp"
#include "timing.hpp"

int main(int count, char** arguments) {
    if (count != 6) {
        std::fprintf(stderr, "usage: bench_carried PLAIN.pt NOISE.pt STATE.pt ROUNDS COLUMNS\n");
        return 2;
    }
    const std::int64_t columns = std::atoll(arguments[5]);
    bench::Host<float> plain(arguments[1], columns, {}), noise(arguments[2], columns, {}), state(arguments[3], columns, {});
    const bench::Samples samples = bench::alternate(
        {{"plain", [&] { plain.step(); }}, {"noise", [&] { noise.step(); }}, {"state", [&] { state.step(); }}}, std::atoi(arguments[4]),
        bench::Clock::thread);
    std::printf("%s\n", nlohmann::json(samples).dump().c_str());
    return 0;
}

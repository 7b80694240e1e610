// soak SCHEME.pt [DIVISOR]: memory does not grow over 10^5 calls and 10^3 loads (fewer by DIVISOR, under valgrind).
// Counts all C++ allocations that have not been freed; valgrind checks the rest (make test-memory).
#include "allocations.hpp"
#include "host.hpp"

namespace {

using namespace proof;

constexpr std::int64_t columns = 40;

void run(paramnet_scheme* scheme, std::int64_t ncol) {
    static std::vector<double> inputs, outputs;
    inputs = columns_of(columns, width(scheme, PARAMNET_INPUT));
    outputs.assign(static_cast<std::size_t>(columns * width(scheme, PARAMNET_OUTPUT)), 0.0);
    const paramnet_array in = array_of(inputs, columns), out = array_of(outputs, columns);
    succeed(paramnet_predict(scheme, ncol, &in, &out, nullptr), "predict");
}

void calls(const char* path, int times) {
    paramnet_scheme* const scheme = load(path);
    const auto call = [&](int from, int to) {
        for (int time = from; time < to; ++time) run(scheme, 1 + time % columns);
    };
    call(0, 2 * columns);  // the first calls may allocate
    const long before = allocations_live.load();
    call(0, times);
    const long after = allocations_live.load();
    std::printf("%d calls: %ld allocations held before, %ld after\n", times, before, after);
    require(after == before, "calls leave the heap as it was");
    succeed(paramnet_free(scheme), "free");
}

void loads(const char* path, int times) {
    const auto cycle = [&](int cycles) {
        for (int time = 0; time < cycles; ++time) {
            paramnet_scheme* const scheme = load(path);
            run(scheme, columns);
            succeed(paramnet_free(scheme), "free");
        }
    };
    cycle(3);
    const long before = allocations_live.load();
    cycle(times);
    const long after = allocations_live.load();
    std::printf("%d loads: %ld allocations held before, %ld after\n", times, before, after);
    require(after == before, "loads leave the heap as it was");
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return 2;
    const int divisor = count > 2 ? std::atoi(arguments[2]) : 1;
    calls(arguments[1], 100'000 / divisor);
    loads(arguments[1], 1'000 / divisor);
    return 0;
}

// bench_isa SCHEME.pt ROUNDS COLUMNS: time of a call of the native kernel with each instruction set of this processor, one
// thread; JSON on standard output.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "kernel.hpp"
#include "timing.hpp"

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "usage: bench_isa SCHEME.pt ROUNDS COLUMNS\n");
        return 2;
    }
    std::vector<std::unique_ptr<bench::Kernel>> kernels;
    std::vector<bench::Task> tasks;
    for (const char* name : {"avx512", "avx2", "portable"}) {
        setenv("PARAMNET_ISA", name, 1);
        try {
            kernels.push_back(std::make_unique<bench::Kernel>(arguments[1], paramnet::Precision::float32, std::stoll(arguments[3])));
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "bench_isa: %s\n", problem.what());
            continue;
        }
        tasks.push_back({name, [kernel = kernels.back().get()] { kernel->evaluate(); }});
    }
    std::printf("%s\n", nlohmann::json(bench::alternate(tasks, std::atoi(arguments[2]), bench::Clock::thread)).dump().c_str());
    return 0;
}

// bench_columns SCHEME.pt ROUNDS COLUMNS...: time of a call by number of columns, one thread on one core: libtorch, the
// native kernel in float32 and bfloat16, the complete bridge on real32 and real64 arrays; JSON on standard output.
#include <sched.h>
#include <ATen/Parallel.h>
#include <torch/script.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "backends/native/isa.hpp"
#include "host.hpp"
#include "kernel.hpp"
#include "timing.hpp"

namespace {

void pin_to_one_core() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int last = 0;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &allowed)) last = core;
    CPU_ZERO(&allowed);
    CPU_SET(last, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
}

bench::Samples measure(const std::string& path, std::int64_t columns, int rounds) {
    torch::jit::Module module = torch::jit::load(path);
    module.eval();
    bench::Kernel kernel(path, paramnet::Precision::float32, columns);
    bench::Host<float> real32(path, columns, {});
    bench::Host<double> real64(path, columns, {});
    bench::Host<float> torchscript(path, columns, {.backend = "torchscript"});
    const std::vector<torch::jit::IValue> inputs{at::randn({columns, kernel.input_width()})};
    std::vector<bench::Task> tasks{
        {"libtorch", [&] { module.forward(inputs); }},
        {"native", [&] { kernel.evaluate(); }},
        {"bridge_real32", [&] { real32.run(); }},
        {"bridge_real64", [&] { real64.run(); }},
        {"bridge_torchscript", [&] { torchscript.run(); }},
    };
    if (bench::has_peak()) tasks.insert(tasks.begin() + 2, {"peak", bench::peak_call});
    std::unique_ptr<bench::Kernel> rounded;
    if (paramnet::native::bfloat16_kernel()) {
        rounded = std::make_unique<bench::Kernel>(path, paramnet::Precision::bfloat16, columns);
        tasks.push_back({"bfloat16", [&] { rounded->evaluate(); }});
    }
    return bench::alternate(tasks, rounds, bench::Clock::thread);
}

// From the file until ready for the first call: read, verified, packed.
std::vector<double> loading(const std::string& path) {
    std::vector<double> seconds;
    for (int round = 0; round < 11; ++round)
        seconds.push_back(bench::seconds_of([&] { bench::load_once(path); }, 1, bench::Clock::thread));
    return seconds;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) {
        std::fprintf(stderr, "usage: bench_columns SCHEME.pt ROUNDS COLUMNS...\n");
        return 2;
    }
    pin_to_one_core();
    at::set_num_threads(1);
    const c10::InferenceMode inference;
    nlohmann::json result = {{"peak_operations", bench::peak_operations()}, {"seconds", nlohmann::json::object()}};
    try {
        result["kernel"] = bench::Kernel(arguments[1], paramnet::Precision::float32, 1).describe();
        result["load"] = loading(arguments[1]);
        for (int index = 3; index < count; ++index)
            result["seconds"][arguments[index]] = measure(arguments[1], std::stoll(arguments[index]), std::atoi(arguments[2]));
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_columns: %s\n", problem.what());
        return 1;
    }
    std::printf("%s\n", result.dump().c_str());
    return 0;
}

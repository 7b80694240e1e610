// bench_derivatives SCHEME.pt ROUNDS COLUMNS: time of a forward, of its linearization, tangent and adjoint in float32 and float64,
// one thread, on bound arrays of that kind; JSON on standard output.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "host.hpp"
#include "timing.hpp"

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "usage: bench_derivatives SCHEME.pt ROUNDS COLUMNS\n");
        return 2;
    }
    const std::int64_t columns = std::atoll(arguments[3]);
    bench::Host<float> host(arguments[1], columns, {});
    bench::Host<double> wide(arguments[1], columns, {});
    host.bind_perturbations();
    wide.bind_perturbations();
    const bench::Samples samples = bench::alternate({{"forward", [&] { host.run(); }},
                                                     {"linearize", [&] { host.linearize(); }},
                                                     {"tangent", [&] { host.tangent(); }},
                                                     {"adjoint", [&] { host.adjoint(); }},
                                                     {"tangent_float64", [&] { wide.tangent(); }},
                                                     {"adjoint_float64", [&] { wide.adjoint(); }}},
                                                    std::atoi(arguments[2]), bench::Clock::thread);
    std::printf("%s\n", nlohmann::json(samples).dump().c_str());
    return 0;
}

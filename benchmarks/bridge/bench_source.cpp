// bench_source SCHEME.pt FORTRAN.so CPP.so ROUNDS COLUMNS: time of a call of the native kernel and of the scheme's generated
// sources on the same numbers, one thread, and the largest difference of their outputs; JSON on standard output.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kernel.hpp"
#include "timing.hpp"

namespace {

// Numbers are (row, column); the status of the generated `run`.
using Source = std::int32_t (*)(std::int32_t columns, const float* inputs, float* outputs);

Source opened(const char* library) {
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const function = handle ? dlsym(handle, "bench_source_run") : nullptr;
    if (!function) throw std::runtime_error(dlerror());
    return reinterpret_cast<Source>(function);
}

// In standard deviations of each output.
double largest_difference(const float* expected, const float* got, std::int64_t rows, std::int64_t columns) {
    double largest = 0.0;
    for (std::int64_t row = 0; row < rows; ++row, expected += columns, got += columns) {
        double mean = 0.0, variance = 0.0, difference = 0.0;
        for (std::int64_t column = 0; column < columns; ++column) mean += expected[column] / static_cast<double>(columns);
        for (std::int64_t column = 0; column < columns; ++column) {
            variance += (expected[column] - mean) * (expected[column] - mean) / static_cast<double>(columns);
            difference = std::max(difference, std::abs(static_cast<double>(got[column]) - expected[column]));
        }
        if (const double relative = difference / std::sqrt(variance); !(relative <= largest)) largest = relative;
    }
    return largest;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        std::fprintf(stderr, "usage: bench_source SCHEME.pt FORTRAN.so CPP.so ROUNDS COLUMNS\n");
        return 2;
    }
    try {
        const std::int64_t columns = std::stoll(arguments[5]);
        if (columns != paramnet::padded(columns)) throw std::runtime_error("expected complete vectors of columns");
        bench::Kernel kernel(arguments[1], paramnet::Precision::float32, columns);
        std::vector<bench::Task> tasks{{"native", [&] { kernel.evaluate(); }}};
        nlohmann::json result = {{"kernel", kernel.describe()}};
        kernel.evaluate();
        std::vector<float> outputs(static_cast<std::size_t>(kernel.output_width() * columns));
        for (int language = 0; language < 2; ++language) {
            const Source run = opened(arguments[2 + language]);
            const std::string name = language == 0 ? "fortran" : "cpp";
            const auto call = [&, run] { return run(static_cast<std::int32_t>(columns), kernel.inputs(), outputs.data()); };
            if (call() != 0) throw std::runtime_error(std::string(arguments[2 + language]) + ": the generated source refuses the call");
            result["difference"][name] = largest_difference(kernel.outputs(), outputs.data(), kernel.output_width(), columns);
            tasks.push_back({name, call});
        }
        result["seconds"] = bench::alternate(tasks, std::atoi(arguments[4]), bench::Clock::thread);
        std::printf("%s\n", result.dump().c_str());
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "bench_source: %s\n", problem.what());
        return 1;
    }
    return 0;
}

// memory_limit SCHEME.pt FOLDER [backend]: with limited address space, a scheme and a call that need more return
// OUT_OF_MEMORY with a message, outputs are unchanged, the process survives, and small calls continue to work.
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "host.hpp"

namespace {

using namespace proof;

constexpr std::size_t spare = std::size_t{256} << 20;

void limit_memory() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit bounds{};
    require(::getrlimit(RLIMIT_AS, &bounds) == 0, "getrlimit");
    bounds.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + spare;
    require(::setrlimit(RLIMIT_AS, &bounds) == 0, "setrlimit");
}

void expect_out_of_memory(std::int32_t status, const char* what) {
    require(status == PARAMNET_STATUS_OUT_OF_MEMORY, std::string(what) + " is OUT_OF_MEMORY, got " + std::to_string(status));
    require(std::strstr(paramnet_last_error(), "memory") != nullptr, "the text says so");
}

// The scheme followed by zeros that use no space on disk (a sparse file), but would in memory.
void big_scheme(const char* path, const std::filesystem::path& folder) {
    const std::filesystem::path big = folder / "big_scheme.pt";
    std::filesystem::copy_file(path, big, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(big, std::size_t{8} << 30);
    paramnet_scheme* scheme = nullptr;
    expect_out_of_memory(paramnet_load(big.c_str(), nullptr, &scheme), "a scheme larger than memory");
    require(scheme == nullptr, "a failed load leaves NULL");
    std::filesystem::remove(big);
}

// One number viewed as any number of columns: the host needs no memory, but the library's rows would.
void huge_call(paramnet_scheme* scheme, std::int64_t columns) {
    std::vector<double> number(1, 0.5), result(1, -7.0);
    const paramnet_array in{number.data(), columns, width(scheme, PARAMNET_INPUT), 0, 0, PARAMNET_REAL64, 0};
    const paramnet_array out{result.data(), columns, width(scheme, PARAMNET_OUTPUT), 0, 0, PARAMNET_REAL64, 0};
    expect_out_of_memory(paramnet_predict(scheme, columns, &in, &out, nullptr), "a call larger than memory");
    require(result[0] == -7.0, "outputs are left alone");
}

void small_call(paramnet_scheme* scheme) {
    constexpr std::int64_t columns = 5;
    std::vector<double> inputs = columns_of(columns, width(scheme, PARAMNET_INPUT));
    std::vector<double> outputs(static_cast<std::size_t>(columns * width(scheme, PARAMNET_OUTPUT)));
    const paramnet_array in = array_of(inputs, columns), out = array_of(outputs, columns);
    succeed(paramnet_predict(scheme, columns, &in, &out, nullptr), "a small call works");
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    paramnet_options options;
    succeed(paramnet_options_init(&options), "options_init");
    if (count > 3) options.backend = arguments[3];
    paramnet_scheme* scheme = nullptr;
    succeed(paramnet_load(arguments[1], &options, &scheme), "load");
    limit_memory();
    big_scheme(arguments[1], arguments[2]);
    // The native backend works in blocks, so that memory does not depend on the number of columns.
    if (count > 3)
        for (const std::int64_t columns : {std::int64_t{1} << 26, std::int64_t{INT32_MAX}})
            huge_call(scheme, columns);
    small_call(scheme);
    succeed(paramnet_free(scheme), "free");
    return 0;
}

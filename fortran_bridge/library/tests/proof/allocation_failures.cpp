// allocation_failures SCHEME.pt: each allocation of a load, of sharing a handle and of a first call fails once; each
// time the library returns OUT_OF_MEMORY and continues to work.  Counts the C++ allocations of the entire process.
#include <cstring>

#include "allocations.hpp"
#include "host.hpp"

namespace {

using namespace proof;

long failed = 0;

// Repeats `attempt`, each time with one more allocation allowed, until it succeeds.
template <typename Attempt>
void exhaust(const char* what, Attempt&& attempt) {
    long granted = 0;
    for (;; ++granted) {
        allocations_left.store(granted);
        const std::int32_t status = attempt();
        allocations_left.store(-1);
        if (status == PARAMNET_OK) break;
        require(status == PARAMNET_STATUS_OUT_OF_MEMORY, std::string(what) + ": a failed allocation is OUT_OF_MEMORY");
        require(std::strstr(paramnet_last_error(), "memory") != nullptr, std::string(what) + ": the text says so");
    }
    std::printf("%s: %ld allocations failed in turn\n", what, granted);
    failed += granted;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    paramnet_options options;
    succeed(paramnet_options_init(&options), "options_init");
    paramnet_scheme* scheme = nullptr;
    exhaust("load", [&] { return paramnet_load(arguments[1], &options, &scheme); });
    paramnet_scheme* other = nullptr;
    exhaust("share", [&] { return paramnet_share(scheme, &other); });
    constexpr std::int64_t columns = 5;
    std::vector<double> inputs = columns_of(columns, width(scheme, PARAMNET_INPUT));
    std::vector<double> outputs(static_cast<std::size_t>(columns * width(scheme, PARAMNET_OUTPUT)));
    const paramnet_array in = array_of(inputs, columns), out = array_of(outputs, columns);
    exhaust("predict", [&] { return paramnet_predict(scheme, columns, &in, &out, nullptr); });
    require(failed > 1000, "the library's allocations pass through this program");
    succeed(paramnet_free(other), "free");
    succeed(paramnet_free(scheme), "free");
    return 0;
}

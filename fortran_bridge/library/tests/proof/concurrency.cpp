// concurrency SCHEME.pt: many threads on one scheme, each with its own arrays, while handles are opened and freed: no
// race under ThreadSanitizer, and the same bits as with one thread.  With std::thread and, as concurrency_openmp, in a
// parallel region, as in hosts.
#include <cstring>
#include <thread>

#include "host.hpp"

namespace {

using namespace proof;

constexpr std::int64_t columns = 300;
constexpr int threads = 4, rounds = 25;

struct Scheme {
    paramnet_scheme* handle;
    std::vector<double> inputs, expected;
};

void predict(const Scheme& scheme, const paramnet_scheme* handle, std::vector<double>& outputs) {
    std::vector<double> inputs = scheme.inputs;
    const paramnet_array in = array_of(inputs, columns), out = array_of(outputs, columns);
    std::vector<std::int32_t> flags(columns);
    succeed(paramnet_predict(handle, columns, &in, &out, flags.data()), "predict");
}

void work(const Scheme& scheme, bool shares) {
    std::vector<double> outputs(scheme.expected.size());
    for (int round = 0; round < rounds; ++round) {
        paramnet_scheme* mine = nullptr;
        if (shares) succeed(paramnet_share(scheme.handle, &mine), "share");
        predict(scheme, shares ? mine : scheme.handle, outputs);
        require(std::memcmp(outputs.data(), scheme.expected.data(), outputs.size() * sizeof(double)) == 0,
                "a thread's bits are those of one thread");
        paramnet_counts counts;
        succeed(paramnet_counters(scheme.handle, &counts), "counters");
        succeed(paramnet_free(mine), "free");
    }
}

void side_by_side(const Scheme& scheme) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; ++thread) work(scheme, thread % 2 == 1);
#else
    std::vector<std::thread> team;
    for (int thread = 0; thread < threads; ++thread) team.emplace_back([&, thread] { work(scheme, thread % 2 == 1); });
    for (std::thread& member : team) member.join();
#endif
}

void check(const char* path, std::int32_t own_threads) {
    Scheme scheme{load(path, own_threads), {}, {}};
    scheme.inputs = columns_of(columns, width(scheme.handle, PARAMNET_INPUT));
    scheme.expected.resize(static_cast<std::size_t>(columns * width(scheme.handle, PARAMNET_OUTPUT)));
    predict(scheme, scheme.handle, scheme.expected);
    side_by_side(scheme);
    paramnet_counts counts;
    succeed(paramnet_counters(scheme.handle, &counts), "counters");
    require(counts.calls == 1 + threads * rounds, "no call is lost in the counters");
    require(counts.columns == columns * counts.calls, "no column is lost in the counters");
    succeed(paramnet_free(scheme.handle), "free");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    check(arguments[1], 1);
    check(arguments[1], 3);  // the library's own threads in addition to the host's
    return 0;
}

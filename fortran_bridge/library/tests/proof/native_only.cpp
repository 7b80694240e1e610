// native_only SCHEME.pt TORCH: a native run maps no libtorch; where TORCH is 1, the same process then loads the plug-in.
#include <cstring>
#include <fstream>

#include "host.hpp"

namespace {

using namespace proof;

bool maps_torch() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        for (const char* library : {"libparamnet_torch", "libtorch", "libc10"})
            if (line.find(library) != line.npos) return true;
    return false;
}

long resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::strtol(line.c_str() + 6, nullptr, 10);
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    constexpr std::int64_t columns = 100;
    paramnet_scheme* const scheme = load(arguments[1]);
    std::vector<double> inputs = columns_of(columns, width(scheme, PARAMNET_INPUT));
    std::vector<double> outputs(static_cast<std::size_t>(columns * width(scheme, PARAMNET_OUTPUT)));
    const paramnet_array in = array_of(inputs, columns), out = array_of(outputs, columns);
    succeed(paramnet_predict(scheme, columns, &in, &out, nullptr), "predict");
    require(!maps_torch(), "a native run maps no libtorch");
    std::printf("native: %ld kB resident\n", resident_kilobytes());
    succeed(paramnet_free(scheme), "free");

    paramnet_options options;
    succeed(paramnet_options_init(&options), "options_init");
    options.backend = "torchscript";
    paramnet_scheme* other = nullptr;
    const std::int32_t status = paramnet_load(arguments[1], &options, &other);
    if (std::strcmp(arguments[2], "1") == 0) {
        succeed(status, "torchscript loads");
        require(maps_torch(), "torchscript maps libtorch");
        std::printf("torchscript: %ld kB resident\n", resident_kilobytes());
    } else {
        require(status == PARAMNET_STATUS_BACKEND, "without its plug-in torchscript is refused");
        require(std::strstr(paramnet_last_error(), "libparamnet_torch.so: expected the libtorch plug-in") != nullptr,
                "the text names the file and what to do");
    }
    succeed(paramnet_free(other), "free");
    return 0;
}

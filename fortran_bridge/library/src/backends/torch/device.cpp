#include "backends/torch/device.hpp"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "common/error.hpp"

namespace paramnet {
namespace {

std::optional<int> whole_number(const std::string& digits) {
    int value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
}

// Rank among the ranks of this node, as set by the usual launchers; 0 without one.
int local_rank() {
    for (const char* name : {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK",
                             "PMI_LOCAL_RANK", "SLURM_LOCALID"})
        if (const char* value = std::getenv(name))
            if (const auto rank = whole_number(value)) return *rank;
    return 0;
}

c10::Device cuda(const std::string& request, int index) {
    if (!at::hasCUDA())
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "device", .expected = "a libtorch with CUDA for '" + request + "'",
                     .got = "a CPU build or a machine without a driver",
                     .remedy = "use device 'cpu' or 'auto', or build the bridge against a CUDA build of torch"});
    if (index >= cuda_devices())
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "device",
                     .expected = "one of this machine's " + std::to_string(cuda_devices()) + " CUDA device(s)",
                     .got = "'" + request + "'", .remedy = "use a lower index"});
    return {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

int cuda_devices() { return at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0; }

c10::Device choose_device(const std::string& request) {
    if (request == "cpu") return {c10::DeviceType::CPU};
    if (request == "auto") {
        const int devices = cuda_devices();
        if (devices == 0) return {c10::DeviceType::CPU};
        return cuda(request, local_rank() % devices);
    }
    if (request == "cuda") return cuda(request, 0);
    if (request.starts_with("cuda:"))
        if (const auto index = whole_number(request.substr(5))) return cuda(request, *index);
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "device", .expected = "'cpu', 'cuda', 'cuda:N' or 'auto'", .got = "'" + request + "'"});
}

}  // namespace paramnet

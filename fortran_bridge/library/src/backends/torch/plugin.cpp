#include "backends/torch/plugin.hpp"

#include <torch/version.h>

#include "backends/torch/aoti.hpp"
#include "backends/torch/device.hpp"
#include "backends/torch/torchscript.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

Backend* make(const TorchRequest& request) {
    if (request.kind == "torchscript") return make_torchscript_backend(request).release();
    if (request.kind == "aoti") return make_aoti_backend(request).release();
    throw Error(PARAMNET_STATUS_INTERNAL,
                {.what = "plug-in", .expected = "a backend that it has", .got = "'" + request.kind + "'"});
}

const TorchPlugin plugin{torch_plugin_version, PARAMNET_VERSION, TORCH_VERSION, cuda_devices, make};

}  // namespace
}  // namespace paramnet

extern "C" __attribute__((visibility("default"))) const paramnet::TorchPlugin* paramnet_torch_plugin() {
    return &paramnet::plugin;
}

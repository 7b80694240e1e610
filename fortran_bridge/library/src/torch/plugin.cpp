#include "torch/plugin.hpp"

#include <torch/version.h>

#include "error.hpp"
#include "torch/aoti.hpp"
#include "torch/device.hpp"
#include "torch/torchscript.hpp"

namespace paramnet {
namespace {

Backend* make(const TorchRequest& request) {
    if (request.kind == "torchscript") return make_torchscript_backend(request).release();
    if (request.kind == "aoti") return make_aoti_backend(request).release();
    throw Error(PARAMNET_STATUS_INTERNAL, "plug-in: unknown backend '" + request.kind + "'");
}

const TorchPlugin plugin{torch_plugin_version, PARAMNET_VERSION, TORCH_VERSION, cuda_devices, make};

}  // namespace
}  // namespace paramnet

extern "C" __attribute__((visibility("default"))) const paramnet::TorchPlugin* paramnet_torch_plugin() {
    return &paramnet::plugin;
}

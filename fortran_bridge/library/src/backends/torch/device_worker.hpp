// Evaluation on arrays that are already in the device's memory: gathered, guarded and scattered there.
#pragma once

#include <c10/core/ScalarType.h>
#include <c10/core/Stream.h>

#include <memory>
#include <string>

#include "backends/backend.hpp"
#include "backends/torch/network.hpp"

namespace paramnet {

struct DeviceScheme {
    std::string path;
    std::shared_ptr<Network> network;
    c10::Stream stream;
    int threads;
    std::int64_t input_width, output_width;
    at::ScalarType dtype;
};

std::unique_ptr<DeviceWorker> make_torch_device_worker(DeviceScheme scheme, const DeviceEnvelope& envelope);

}  // namespace paramnet

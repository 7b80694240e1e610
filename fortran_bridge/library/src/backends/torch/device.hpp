// The device on which a scheme runs.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace paramnet {

// request: "cpu", "cuda", "cuda:N" or "auto".  Throws Error(DEVICE) when libtorch or the machine lacks it.
c10::Device choose_device(const std::string& request);

// GPUs that this libtorch can use; 0 in a CPU build.
int cuda_devices();

}  // namespace paramnet

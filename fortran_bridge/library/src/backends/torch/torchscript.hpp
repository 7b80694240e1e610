// Any scheme, by libtorch's TorchScript interpreter.
#pragma once

#include <memory>

#include "backends/torch/plugin.hpp"

namespace paramnet {

// Loads the TorchScript of the request's content and runs it once on two columns to prove that it fits its manifest.
std::unique_ptr<Backend> make_torchscript_backend(const TorchRequest& request);

}  // namespace paramnet

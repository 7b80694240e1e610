// A scheme compiled ahead of time by torch's inductor.
#pragma once

#include <memory>

#include "backends/torch/plugin.hpp"

namespace paramnet {

// Loads the unpacked package of the request, on the CPU, and runs it once on two columns.
std::unique_ptr<Backend> make_aoti_backend(const TorchRequest& request);

}  // namespace paramnet

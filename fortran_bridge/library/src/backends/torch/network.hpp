// A network run by libtorch, from TorchScript or a compiled package, and its backend.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>

#include "backends/torch/plugin.hpp"

namespace paramnet {

class Network {
public:
    Network() = default;
    virtual ~Network() = default;
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    // input: (columns, n_in) on the network's device, contiguous.  Returns the network's result, unchecked.  May be
    // called from several threads at once.
    virtual at::Tensor forward(const at::Tensor& input) = 0;
};

// A network that has been loaded onto `device`.  Runs it once on two columns, so that one that mixes or broadcasts
// columns is detected here, not in the host's run.  name: "torchscript" or "aoti", for describe().
std::unique_ptr<Backend> make_network_backend(std::shared_ptr<Network> network, c10::Device device,
                                              const TorchRequest& request);

// Throws Error(FORMAT) unless `result` is (columns, width) of `dtype`; `path` names the artefact.
void require_result(const at::Tensor& result, at::ScalarType dtype, std::int64_t columns, std::int64_t width,
                    const std::string& path);

}  // namespace paramnet

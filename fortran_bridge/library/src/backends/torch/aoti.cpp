#include "backends/torch/aoti.hpp"

#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include "backends/torch/execution_guard.hpp"
#include "backends/torch/network.hpp"
#include "backends/torch/translate.hpp"

namespace paramnet {
namespace {

class AotiNetwork final : public Network {
public:
    explicit AotiNetwork(const TorchRequest& request) : path_(request.path), loader_(request.package) {}

    at::Tensor forward(const at::Tensor& input) override {
        const std::vector<at::Tensor> results = loader_.run({input});
        if (results.size() != 1)
            throw Error(PARAMNET_STATUS_FORMAT,
                        {.what = "compiled package", .expected = "one tensor", .got = std::to_string(results.size()),
                         .where = path_});
        return results.front();
    }

private:
    std::string path_;
    torch::inductor::AOTIModelPackageLoader loader_;
};

}  // namespace

std::unique_ptr<Backend> make_aoti_backend(const TorchRequest& request) {
    if (request.float64)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "precision", .expected = "'float32' with backend 'aoti'", .got = "'float64'",
                     .remedy = "use backend 'torchscript'"});
    if (request.device != "cpu")
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "device", .expected = "'cpu' with backend 'aoti'", .got = "'" + request.device + "'",
                     .remedy = "use backend 'torchscript'"});
    const ExecutionGuard execution(request.threads);
    const auto network = translate(request.package, [&] { return std::make_shared<AotiNetwork>(request); });
    return make_network_backend(network, c10::Device(c10::DeviceType::CPU), request);
}

}  // namespace paramnet

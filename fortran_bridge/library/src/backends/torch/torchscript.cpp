#include "backends/torch/torchscript.hpp"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "backends/torch/device.hpp"
#include "backends/torch/execution_guard.hpp"
#include "backends/torch/network.hpp"
#include "backends/torch/screening.hpp"
#include "backends/torch/translate.hpp"

namespace paramnet {
namespace {

// libtorch reads the verified bytes, not the file, which may have changed since.
class Content final : public caffe2::serialize::ReadAdapterInterface {
public:
    explicit Content(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::size_t size() const override { return bytes_.size(); }
    std::size_t read(std::uint64_t position, void* buffer, std::size_t size, const char*) const override {
        if (position > bytes_.size()) return 0;
        const std::size_t count = std::min(size, bytes_.size() - static_cast<std::size_t>(position));
        if (count > 0) std::memcpy(buffer, bytes_.data() + position, count);
        return count;
    }

private:
    std::span<const std::byte> bytes_;
};

bool is_operator(const std::string& name) {
    return !torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString("aten::" + name)).empty();
}

class TorchscriptNetwork final : public Network {
public:
    TorchscriptNetwork(const TorchRequest& request, c10::Device device) : path_(request.path) {
        if (!request.trust) require_harmless(request.members, path_, is_operator);
        try {
            module_ = torch::jit::load(std::make_shared<Content>(request.content), device, /*load_debug_files=*/false);
            module_.eval();
            if (request.float64) convert_parameters();
            module_.get_method("forward");
        } catch (const c10::OutOfMemoryError& problem) {
            throw Error(PARAMNET_STATUS_OUT_OF_MEMORY,
                        {.what = path_ + ": loading: " + problem.what_without_backtrace()});
        } catch (const c10::Error& problem) {
            const std::string what = problem.what_without_backtrace();
            if (is_out_of_memory(what)) throw Error(PARAMNET_STATUS_OUT_OF_MEMORY, {.what = path_ + ": loading: " + what});
            throw Error(PARAMNET_STATUS_FORMAT,
                        {.what = path_ + ": its TorchScript cannot be loaded by libtorch " TORCH_VERSION " (" + what +
                             ")", .remedy = "copy it again, or export it with the torch the bridge was built with"});
        }
    }

    at::Tensor forward(const at::Tensor& input) override {
        const c10::IValue value = module_.get_method("forward")({input});
        if (!value.isTensor())
            throw Error(PARAMNET_STATUS_FORMAT,
                        {.what = "forward", .expected = "a tensor", .got = value.tagKind(), .where = path_});
        return value.toTensor();
    }

private:
    // Module::to(dtype) would also convert index buffers to real numbers.
    void convert_parameters() {
        const auto convert = [](at::Tensor tensor) {
            if (tensor.is_floating_point()) tensor.set_data(tensor.to(at::kDouble));
        };
        for (const at::Tensor& parameter : module_.parameters()) convert(parameter);
        for (const at::Tensor& buffer : module_.buffers()) convert(buffer);
    }

    std::string path_;
    torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<Backend> make_torchscript_backend(const TorchRequest& request) {
    const c10::Device device = choose_device(request.device);
    const ExecutionGuard execution(request.threads);
    return make_network_backend(std::make_shared<TorchscriptNetwork>(request, device), device, request);
}

}  // namespace paramnet

#include "backends/torch/network.hpp"

#include <c10/core/StreamGuard.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <utility>
#include <vector>

#include "backends/torch/device_worker.hpp"
#include "backends/torch/execution_guard.hpp"
#include "backends/torch/staging.hpp"
#include "backends/torch/translate.hpp"

namespace paramnet {
namespace {

std::string shape(at::ScalarType dtype, at::IntArrayRef sizes) {
    std::ostringstream words;
    words << c10::toString(dtype) << ' ' << sizes;
    return words.str();
}

// libtorch's OpenMP threads do not survive a fork: in the child a call that needs them would wait for ever.
void require_own_threads(const std::string& path, int threads) {
    if (threads == 1) return;
    static std::atomic<pid_t> owner{0};  // the process that owns the threads
    pid_t none = 0;
    if (owner.compare_exchange_strong(none, ::getpid()) || none == ::getpid()) return;
    throw Error(PARAMNET_STATUS_BACKEND,
                {.what = path, .expected = "the process that first ran libtorch with threads",
                 .got = "one forked from it (process " + std::to_string(none) + "), which has none of them",
                 .remedy = "load and run in the child only, or load with threads 1"});
}

struct Shared {
    std::string path;
    std::shared_ptr<Network> network;
    c10::Device device;
    std::optional<c10::Stream> stream;  // one per scheme
    int threads;
    std::int64_t input_width, output_width;
};

template <typename Real>
class TorchWorker final : public Worker {
public:
    explicit TorchWorker(const Shared& shared)
        : shared_(shared), staging_(shared.device, shared.input_width, shared.output_width) {}

    using Worker::evaluate;
    void evaluate(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride) override {
        require_own_threads(shared_.path, shared_.threads);
        const ExecutionGuard execution(shared_.threads);
        translate(shared_.path, [&] {
            const c10::OptionalStreamGuard on_stream(shared_.stream);
            const at::Tensor result = shared_.network->forward(staging_.to_device(inputs, columns, stride));
            require_result(result, c10::CppTypeToScalarType<Real>::value, columns, shared_.output_width, shared_.path);
            staging_.to_host(result, outputs, columns, stride);
            if (shared_.stream) shared_.stream->synchronize();
        });
    }

private:
    const Shared& shared_;  // the backend's, which outlives its workers
    Staging<Real> staging_;
};

template <typename Real>
class TorchBackend final : public Backend {
public:
    TorchBackend(std::shared_ptr<Network> network, c10::Device device, const TorchRequest& request)
        : kind_(request.kind),
          shared_{request.path,    std::move(network),  device, make_stream(device),
                  request.threads, request.input_width, request.output_width} {
        try_out(request.trial);
    }

    std::unique_ptr<Worker> make_worker() override { return std::make_unique<TorchWorker<Real>>(shared_); }
    std::int64_t block_columns() const override { return 0; }
    bool threads_outside() const override { return false; }
    bool float64() const override { return std::is_same_v<Real, double>; }
    void* allocate(std::size_t bytes) override {
        return translate(shared_.path, [&] { return allocate_staging(shared_.device, bytes); });
    }
    void release(void* memory) noexcept override { release_staging(memory); }

    std::unique_ptr<DeviceWorker> make_device_worker(const DeviceEnvelope& envelope) override {
        if (shared_.device.is_cpu()) return Backend::make_device_worker(envelope);
        return make_torch_device_worker(
            {shared_.path, shared_.network, *shared_.stream, shared_.threads, shared_.input_width, shared_.output_width,
             c10::CppTypeToScalarType<Real>::value},
            envelope);
    }

    std::string describe() const override {
        return kind_ + " on " + shared_.device.str() + ", " + (float64() ? "float64" : "float32") + ", " +
               std::to_string(shared_.threads) + " thread(s)";
    }

private:
    void try_out(const std::vector<double>& trial) {
        constexpr std::int64_t columns = 2, stride = padded(columns);
        std::vector<Real> inputs(trial.size() * stride), outputs(static_cast<std::size_t>(shared_.output_width * stride));
        for (std::size_t index = 0; index < inputs.size(); ++index) inputs[index] = static_cast<Real>(trial[index / stride]);
        make_worker()->evaluate(inputs.data(), outputs.data(), columns, stride);
    }

    std::string kind_;
    Shared shared_;
};

}  // namespace

void require_result(const at::Tensor& result, at::ScalarType dtype, std::int64_t columns, std::int64_t width,
                    const std::string& path) {
    if (result.scalar_type() == dtype && result.dim() == 2 && result.size(0) == columns && result.size(1) == width) return;
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = "forward",
                 .expected = shape(dtype, {columns, width}) + " (column, n_out) as the manifest says",
                 .got = shape(result.scalar_type(), result.sizes()), .where = path,
                 .remedy = "export the scheme again"});
}

std::unique_ptr<Backend> make_network_backend(std::shared_ptr<Network> network, c10::Device device,
                                              const TorchRequest& request) {
    if (request.float64) return std::make_unique<TorchBackend<double>>(std::move(network), device, request);
    return std::make_unique<TorchBackend<float>>(std::move(network), device, request);
}

}  // namespace paramnet

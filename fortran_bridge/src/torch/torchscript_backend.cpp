#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <sstream>
#include <stdexcept>
#include <vector>

#include "backend.hpp"
#include "error.hpp"
#include "torch/torchscript_device.hpp"
#include "torch/torchscript_state.hpp"

namespace paramnet {
namespace {

// libtorch's exceptions carry C++ backtraces; the first line is what a modeller can use.
template <typename Function>
auto translate(const std::string& doing, Function&& function) {
    try {
        return function();
    } catch (const c10::OutOfMemoryError& problem) {
        throw Error(PARAMNET_STATUS_OUT_OF_MEMORY, doing + ": out of memory: " + problem.what_without_backtrace());
    } catch (const c10::Error& problem) {
        throw Error(PARAMNET_STATUS_BACKEND, doing + ": libtorch failed: " + problem.what_without_backtrace());
    } catch (const std::runtime_error& problem) {  // what the TorchScript interpreter throws
        throw Error(PARAMNET_STATUS_BACKEND, doing + ": libtorch failed: " + problem.what());
    }
}

std::string shape(const at::Tensor& tensor) {
    std::ostringstream words;
    words << c10::toString(tensor.scalar_type()) << ' ' << tensor.sizes();
    return words.str();
}

// The module is shared by the workers of one scheme and only read after the trial call.
template <typename Real>
class TorchscriptWorker final : public Worker {
public:
    TorchscriptWorker(std::string path, torch::jit::Method forward, c10::Device device, int threads,
                      std::int64_t input_width, std::int64_t output_width)
        : path_(std::move(path)),
          forward_(std::move(forward)),
          device_(device),
          threads_(threads),
          input_width_(input_width),
          output_width_(output_width) {}

    using Worker::evaluate;
    void evaluate(const Real* inputs, Real* outputs, std::int64_t columns, std::int64_t stride) override {
        const ExecutionGuard execution(threads_);
        translate(path_, [&] {
            // libtorch promises not to write to a network's inputs, but has no tensor over constants.
            const at::Tensor rows = at::from_blob(const_cast<Real*>(inputs), {columns, input_width_}, {1, stride}, dtype);
            // Column by column, as in training: libtorch's sums, to the last bit, depend on how the input lies.
            reserve(columns);
            const at::Tensor input = staging_.narrow(0, 0, columns);
            input.copy_(rows);
            const at::Tensor result = forward(input);
            at::from_blob(outputs, {columns, output_width_}, {1, stride}, dtype).copy_(result);
        });
    }

private:
    static constexpr at::ScalarType dtype = c10::CppTypeToScalarType<Real>::value;

    void reserve(std::int64_t columns) {
        if (staging_.defined() && staging_.size(0) >= columns) return;
        staging_ = at::empty({columns, input_width_}, at::TensorOptions().dtype(dtype).device(device_));
    }

    // input(columns, n_in) -> (columns, n_out), both on the device.
    at::Tensor forward(const at::Tensor& input) {
        const c10::IValue value = forward_({input});
        if (!value.isTensor())
            throw Error(PARAMNET_STATUS_FORMAT, path_ + ": forward: expected a tensor, got " + value.tagKind());
        const at::Tensor& result = value.toTensor();
        if (result.scalar_type() != dtype || result.dim() != 2 || result.size(0) != input.size(0) ||
            result.size(1) != output_width_) {
            const at::Tensor wanted = at::empty({input.size(0), output_width_}, at::TensorOptions().dtype(dtype));
            throw Error(PARAMNET_STATUS_FORMAT, path_ + ": forward: expected " + shape(wanted) +
                                                    " (column, n_out) as the manifest says, got " + shape(result) +
                                                    "; export the scheme again");
        }
        return result;
    }

    std::string path_;
    torch::jit::Method forward_;
    c10::Device device_;
    int threads_;
    std::int64_t input_width_;
    std::int64_t output_width_;
    at::Tensor staging_;
};

template <typename Real>
class TorchscriptBackend final : public Backend {
public:
    TorchscriptBackend(const std::string& path, const Manifest& manifest, const Settings& settings)
        : path_(path),
          device_(choose_device(settings.device)),
          threads_(settings.threads),
          input_width_(manifest.input_width()),
          output_width_(manifest.output_width()) {
        const ExecutionGuard execution(threads_);
        load();
        try_out(manifest);
    }

    std::unique_ptr<Worker> make_worker() override {
        return std::make_unique<TorchscriptWorker<Real>>(path_, module_.get_method("forward"), device_, threads_,
                                                         input_width_, output_width_);
    }
    std::int64_t block_columns() const override { return 0; }
    bool threads_outside() const override { return false; }
    bool float64() const override { return dtype == at::kDouble; }

    std::string describe() const override {
        return "torchscript on " + device_.str() + ", " + (dtype == at::kFloat ? "float32" : "float64") + ", " +
               std::to_string(threads_) + " thread(s)";
    }

private:
    static constexpr at::ScalarType dtype = c10::CppTypeToScalarType<Real>::value;

    void load() {
        try {
            module_ = torch::jit::load(path_, device_);
            module_.eval();
            if (dtype == at::kDouble) convert_parameters();
            module_.get_method("forward");
        } catch (const c10::Error& problem) {
            throw Error(PARAMNET_STATUS_FORMAT,
                        path_ + ": its TorchScript cannot be loaded by libtorch " TORCH_VERSION " (" +
                            problem.what_without_backtrace() +
                            "); copy it again, or export it with the torch the bridge was built with");
        }
    }

    // Module::to(dtype) would turn index buffers into real numbers as well.
    void convert_parameters() {
        const auto convert = [](at::Tensor tensor) {
            if (tensor.is_floating_point()) tensor.set_data(tensor.to(dtype));
        };
        for (const at::Tensor& parameter : module_.parameters()) convert(parameter);
        for (const at::Tensor& buffer : module_.buffers()) convert(buffer);
    }

    // Two columns, so that a network which mixes or broadcasts columns shows itself here, not in the host's run.
    void try_out(const Manifest& manifest) {
        const std::int64_t columns = 2, stride = padded(columns);
        const auto& range = manifest.input_range;
        std::vector<Real> inputs(static_cast<std::size_t>(input_width_ * stride));
        std::vector<Real> outputs(static_cast<std::size_t>(output_width_ * stride));
        for (std::size_t index = 0; index < inputs.size(); ++index) {
            const std::size_t position = index / static_cast<std::size_t>(stride);
            inputs[index] = static_cast<Real>(range ? 0.5 * (range->minimum[position] + range->maximum[position]) : 1.0);
        }
        make_worker()->evaluate(inputs.data(), outputs.data(), columns, stride);
    }

    std::string path_;
    c10::Device device_;
    int threads_;
    std::int64_t input_width_;
    std::int64_t output_width_;
    torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<Backend> make_torch_backend(const std::string&, const Artefact& artefact, const Manifest& manifest,
                                            const Settings& settings) {
    if (settings.precision == Precision::float64)
        return std::make_unique<TorchscriptBackend<double>>(artefact.path(), manifest, settings);
    return std::make_unique<TorchscriptBackend<float>>(artefact.path(), manifest, settings);
}

}  // namespace paramnet

#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <optional>
#include <sstream>
#include <stdexcept>

#include "backend.hpp"
#include "error.hpp"
#include "guard.hpp"
#include "host_state.hpp"
#include "torchscript_device.hpp"
#include "torchscript_state.hpp"

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

template <typename Real>
class TorchscriptBackend final : public Backend {
public:
    TorchscriptBackend(const std::string& path, const Manifest& manifest, const Settings& settings)
        : path_(path),
          device_(choose_device(settings.device)),
          threads_(settings.threads),
          guard_(manifest.input_range, manifest.input_width(), settings.envelope_tolerance),
          input_width_(manifest.input_width()),
          output_width_(manifest.output_width()) {
        const ExecutionGuard execution(threads_);
        load();
        warm_up(manifest);
    }

    void evaluate(const Slots& inputs, const Slots& outputs, std::int64_t columns, std::int32_t* flags) override {
        const ExecutionGuard execution(threads_);
        translate(path_, [&] {
            reserve(columns);
            pack(inputs, columns, staging_.data_ptr<Real>());
            guard_.inspect_inputs(staging_.data_ptr<Real>(), columns, flags);
            const at::Tensor result = forward(staging_.narrow(0, 0, columns));
            const Real* rows = result.template const_data_ptr<Real>();
            Guard<Real>::inspect_outputs(outputs, rows, columns, flags);
            unpack(outputs, columns, rows, flags, PARAMNET_FLAG_NONFINITE_INPUT | PARAMNET_FLAG_NONFINITE_OUTPUT);
        });
    }

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
            forward_.emplace(module_.get_method("forward"));
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
    void warm_up(const Manifest& manifest) {
        reserve(2);
        Real* rows = staging_.data_ptr<Real>();
        for (std::int64_t index = 0; index < 2 * input_width_; ++index) {
            const auto position = static_cast<std::size_t>(index % input_width_);
            const auto& range = manifest.input_range;
            rows[index] = static_cast<Real>(range ? 0.5 * (range->minimum[position] + range->maximum[position]) : 1.0);
        }
        translate(path_ + ": trial call", [&] { forward(staging_.narrow(0, 0, 2)); });
    }

    void reserve(std::int64_t columns) {
        if (staging_.defined() && staging_.size(0) >= columns) return;
        staging_ = at::empty({columns, input_width_}, at::TensorOptions().dtype(dtype));
    }

    // input(columns, n_in) on the cpu -> (columns, n_out) on the cpu, contiguous.
    at::Tensor forward(const at::Tensor& input) {
        const c10::IValue value = (*forward_)({input.to(device_)});
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
        return result.to(at::kCPU).contiguous();
    }

    std::string path_;
    c10::Device device_;
    int threads_;
    Guard<Real> guard_;
    std::int64_t input_width_;
    std::int64_t output_width_;
    torch::jit::Module module_;
    std::optional<torch::jit::Method> forward_;
    at::Tensor staging_;
};

}  // namespace

std::unique_ptr<Backend> make_torchscript_backend(const std::string& path, const Manifest& manifest,
                                                  const Settings& settings) {
    if (settings.precision == Precision::float64)
        return std::make_unique<TorchscriptBackend<double>>(path, manifest, settings);
    return std::make_unique<TorchscriptBackend<float>>(path, manifest, settings);
}

}  // namespace paramnet

#include "backends/torch/device_worker.hpp"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <limits>
#include <utility>
#include <vector>

#include "backends/torch/execution_guard.hpp"
#include "backends/torch/translate.hpp"

namespace paramnet {
namespace {

at::ScalarType scalar_type(const DeviceArray& array) { return array.kind == PARAMNET_REAL32 ? at::kFloat : at::kDouble; }

// The host's array as (columns, size).  Tensors have no negative strides: bottom-first arrays are viewed from their
// other end and flipped.
at::Tensor view(const DeviceArray& array, std::int64_t columns, c10::Device device) {
    const bool upside_down = array.level_stride < 0;
    const auto bytes = static_cast<std::int64_t>(c10::elementSize(scalar_type(array)));
    auto* data = static_cast<std::byte*>(array.data);
    if (upside_down) data += (array.size - 1) * array.level_stride * bytes;
    const std::int64_t level_stride = upside_down ? -array.level_stride : array.level_stride;
    return at::from_blob(data, {columns, array.size}, {array.column_stride, level_stride},
                         at::TensorOptions().dtype(scalar_type(array)).device(device));
}

at::Tensor right_way_up(const DeviceArray& array, const at::Tensor& values) {
    return array.level_stride < 0 ? values.flip(1) : values;
}

class TorchDeviceWorker final : public DeviceWorker {
public:
    TorchDeviceWorker(DeviceScheme scheme, const DeviceEnvelope& envelope) : scheme_(std::move(scheme)) {
        if (envelope.lower.empty()) return;
        lower_ = row(envelope.lower);
        upper_ = row(envelope.upper);
    }

    void evaluate(std::span<const DeviceArray> inputs, std::span<const DeviceArray> outputs, std::int64_t columns,
                  std::int32_t* flags) override {
        const ExecutionGuard execution(scheme_.threads);
        translate(scheme_.path, [&] {
            const c10::StreamGuard on_stream(scheme_.stream);
            wait_for_host();
            at::Tensor input = gather(inputs, columns);
            at::Tensor marks = inspect(input);
            const at::Tensor result = scheme_.network->forward(input);
            require_result(result, scheme_.dtype, columns, scheme_.output_width, scheme_.path);
            scatter(outputs, result, marks);
            at::from_blob(flags, {columns}, at::kInt).copy_(marks);
            scheme_.stream.synchronize();
        });
    }

private:
    at::Tensor row(const std::vector<double>& values) const {
        const auto count = static_cast<std::int64_t>(values.size());
        return at::from_blob(const_cast<double*>(values.data()), {1, count}, at::kDouble)
            .to(at::TensorOptions().dtype(scheme_.dtype).device(scheme_.stream.device()), false, /*copy=*/true);
    }

    // Work of the host on the device's default stream (OpenACC and CUDA Fortran without queues) comes first.
    void wait_for_host() const {
        const c10::Device device = scheme_.stream.device();
        c10::Event written(device.type());
        written.record(c10::impl::VirtualGuardImpl(device.type()).getDefaultStream(device));
        written.block(scheme_.stream);
    }

    at::Tensor gather(std::span<const DeviceArray> arrays, std::int64_t columns) const {
        const c10::Device device = scheme_.stream.device();
        at::Tensor input = at::empty({columns, scheme_.input_width}, at::TensorOptions().dtype(scheme_.dtype).device(device));
        for (const DeviceArray& array : arrays) {
            at::Tensor values = right_way_up(array, view(array, columns, device));
            if (array.scale != 1.0 || array.shift != 0.0) values = values * array.scale + array.shift;
            input.narrow(1, array.offset, array.size).copy_(values);
        }
        return input;
    }

    // Flags by column; columns that are not finite become zeros, so that they cannot affect others.
    at::Tensor inspect(at::Tensor& input) const {
        const at::Tensor finite = input.isfinite().all(1);
        at::Tensor marks = finite.logical_not().to(at::kInt) * PARAMNET_FLAG_NONFINITE_INPUT;
        if (lower_.defined()) {
            const at::Tensor inside = (input.ge(lower_) & input.le(upper_)).all(1);
            marks += (finite & inside.logical_not()).to(at::kInt) * PARAMNET_FLAG_OUTSIDE_ENVELOPE;
        }
        input.masked_fill_(finite.logical_not().unsqueeze(1), 0);
        return marks;
    }

    // All outputs are checked before any is written.
    void scatter(std::span<const DeviceArray> arrays, const at::Tensor& result, at::Tensor& marks) const {
        std::vector<at::Tensor> values;
        for (const DeviceArray& array : arrays) {
            at::Tensor part = result.narrow(1, array.offset, array.size);
            if (array.scale != 1.0 || array.shift != 0.0) part = (part.to(at::kDouble) - array.shift) / array.scale;
            values.push_back(part.to(scalar_type(array)));
            const at::Tensor broken = values.back().isfinite().all(1).logical_not();
            marks = marks.bitwise_or(broken.to(at::kInt) * PARAMNET_FLAG_NONFINITE_OUTPUT);
        }
        constexpr int blank = PARAMNET_FLAG_NONFINITE_INPUT | PARAMNET_FLAG_NONFINITE_OUTPUT;
        const at::Tensor blanks = marks.bitwise_and(blank).ne(0).unsqueeze(1);
        for (std::size_t index = 0; index < arrays.size(); ++index) {
            const at::Tensor kept = values[index].masked_fill(blanks, 0);
            view(arrays[index], result.size(0), scheme_.stream.device()).copy_(right_way_up(arrays[index], kept));
        }
    }

    DeviceScheme scheme_;
    at::Tensor lower_, upper_;  // (1, n_in) or undefined
};

}  // namespace

std::unique_ptr<DeviceWorker> make_torch_device_worker(DeviceScheme scheme, const DeviceEnvelope& envelope) {
    return std::make_unique<TorchDeviceWorker>(std::move(scheme), envelope);
}

}  // namespace paramnet

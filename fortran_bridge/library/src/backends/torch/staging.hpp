// Copies rows of the CPU side to tensors on the scheme's device and back, on the scheme's own stream.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <optional>

#include "backends/backend.hpp"

namespace paramnet {

// Stream of a scheme on a GPU; none on the CPU.
std::optional<c10::Stream> make_stream(c10::Device device);

// Pinned memory where the device is a GPU, plain aligned memory otherwise.
void* allocate_staging(c10::Device device, std::size_t bytes);
void release_staging(void* memory) noexcept;

// Buffers grow to the largest call and are kept.
template <typename Real>
class Staging {
public:
    Staging(c10::Device device, std::int64_t input_width, std::int64_t output_width)
        : device_(device), input_width_(input_width), output_width_(output_width) {}

    // inputs: (n_in, stride) of the host -> (columns, n_in) on the device, contiguous: as in training, because the last
    // bits of libtorch's sums depend on the layout of the input.
    at::Tensor to_device(const Real* inputs, std::int64_t columns, std::int64_t stride);

    // result: (columns, n_out) on the device -> outputs (n_out, stride) of the host; on a GPU only enqueued.
    void to_host(const at::Tensor& result, Real* outputs, std::int64_t columns, std::int64_t stride);

private:
    static constexpr at::ScalarType dtype = c10::CppTypeToScalarType<Real>::value;

    at::TensorOptions options() const { return at::TensorOptions().dtype(dtype).device(device_); }

    c10::Device device_;
    std::int64_t input_width_, output_width_;
    at::Tensor input_, raw_input_, raw_output_;
};

}  // namespace paramnet

#include "backends/torch/staging.hpp"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <mutex>
#include <new>
#include <unordered_map>

namespace paramnet {
namespace {

// Pinned blocks belong to libtorch's allocator, which returns owning pointers instead of addresses.
std::mutex pinned_mutex;
std::unordered_map<void*, c10::DataPtr>& pinned() {
    static auto* const blocks = new std::unordered_map<void*, c10::DataPtr>;  // outlives libtorch's own shutdown
    return *blocks;
}

}  // namespace

std::optional<c10::Stream> make_stream(c10::Device device) {
    if (device.is_cpu()) return std::nullopt;
    return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

void* allocate_staging(c10::Device device, std::size_t bytes) {
    if (device.is_cpu()) return ::operator new(bytes, std::align_val_t{memory_alignment});
    c10::DataPtr block = at::globalContext().getPinnedMemoryAllocator(device.type())->allocate(bytes);
    const std::lock_guard lock(pinned_mutex);
    void* const memory = block.get();
    pinned().emplace(memory, std::move(block));
    return memory;
}

void release_staging(void* memory) noexcept {
    {
        const std::lock_guard lock(pinned_mutex);
        if (pinned().erase(memory) > 0) return;
    }
    ::operator delete(memory, std::align_val_t{memory_alignment});
}

template <typename Real>
at::Tensor Staging<Real>::to_device(const Real* inputs, std::int64_t columns, std::int64_t stride) {
    // libtorch does not write to the source of a copy, but has no tensor over const memory.
    auto* const address = const_cast<Real*>(inputs);
    if (!input_.defined() || input_.size(0) < columns) input_ = at::empty({columns, input_width_}, options());
    at::Tensor input = input_.narrow(0, 0, columns);
    if (device_.is_cpu()) {
        input.copy_(at::from_blob(address, {columns, input_width_}, {1, stride}, dtype));
        return input;
    }
    if (!raw_input_.defined() || raw_input_.size(1) != stride) raw_input_ = at::empty({input_width_, stride}, options());
    raw_input_.copy_(at::from_blob(address, {input_width_, stride}, dtype), /*non_blocking=*/true);
    input.copy_(raw_input_.narrow(1, 0, columns).t());
    return input;
}

template <typename Real>
void Staging<Real>::to_host(const at::Tensor& result, Real* outputs, std::int64_t columns, std::int64_t stride) {
    if (device_.is_cpu()) {
        at::from_blob(outputs, {columns, output_width_}, {1, stride}, dtype).copy_(result);
        return;
    }
    if (!raw_output_.defined() || raw_output_.size(1) != stride) raw_output_ = at::zeros({output_width_, stride}, options());
    raw_output_.narrow(1, 0, columns).copy_(result.t());
    at::from_blob(outputs, {output_width_, stride}, dtype).copy_(raw_output_, /*non_blocking=*/true);
}

template class Staging<float>;
template class Staging<double>;

}  // namespace paramnet

#include "host/evaluator.hpp"

#include "error.hpp"

namespace paramnet {

Evaluator::Evaluator(Backend& backend, const Manifest& manifest, const Settings& settings)
    : backend_(backend),
      worker_(backend.make_worker()),
      guard32_(manifest.input_range, manifest.input_width(), settings.envelope_tolerance),
      guard64_(manifest.input_range, manifest.input_width(), settings.envelope_tolerance),
      input_width_(manifest.input_width()),
      output_width_(manifest.output_width()) {}

Evaluator::~Evaluator() { release(); }

void Evaluator::release() noexcept {
    if (inputs_ != nullptr) backend_.release(inputs_);
    if (outputs_ != nullptr) backend_.release(outputs_);
    inputs_ = outputs_ = nullptr;
    capacity_ = 0;
}

void Evaluator::reserve(std::int64_t stride) {
    if (capacity_ >= stride) return;
    release();
    const std::size_t row = static_cast<std::size_t>(stride) * (backend_.float64() ? sizeof(double) : sizeof(float));
    inputs_ = backend_.allocate(row * static_cast<std::size_t>(input_width_));
    outputs_ = backend_.allocate(row * static_cast<std::size_t>(output_width_));
    capacity_ = stride;
}

template <typename Real>
void Evaluator::evaluate(const Guard<Real>& guard, const Slots& inputs, const Slots& outputs, std::int64_t columns,
                         std::int32_t* flags) {
    const std::int64_t stride = padded(columns);
    reserve(stride);
    auto* in = static_cast<Real*>(inputs_);
    auto* out = static_cast<Real*>(outputs_);
    pack(inputs, columns, stride, in);
    guard.inspect_inputs(in, columns, stride, flags);
    worker_->evaluate(in, out, columns, stride);
    Guard<Real>::inspect_outputs(outputs, out, columns, stride, flags);
    unpack(outputs, columns, stride, out, flags, PARAMNET_FLAG_NONFINITE_INPUT | PARAMNET_FLAG_NONFINITE_OUTPUT);
}

void Evaluator::evaluate(const Slots& inputs, const Slots& outputs, std::int64_t columns, std::int32_t* flags) {
    if (backend_.float64())
        evaluate(guard64_, inputs, outputs, columns, flags);
    else
        evaluate(guard32_, inputs, outputs, columns, flags);
}

}  // namespace paramnet

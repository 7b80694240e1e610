#include "scheme/linearization.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/error.hpp"
#include "scheme/carried_rows.hpp"

namespace paramnet {

Linearization::Linearization(Backend& backend, const Manifest& manifest, const Envelope& envelope, const HostOptions& options)
    : backend_(backend),
      manifest_(manifest),
      options_(options),
      kernels_(native::choose_kernels()),
      guard_(envelope, manifest.input_width()) {}

void Linearization::reserve(std::int64_t columns, Precision precision) {
    if (derivative_ && precision == precision_ && columns <= capacity_) return;
    columns_ = capacity_ = 0;
    if (!derivative_ || precision != precision_) derivative_ = backend_.make_derivative(precision);
    precision_ = precision;
    derivative_->reserve(columns);
    stride_ = derivative_->block_columns();
    const auto size = static_cast<std::size_t>(stride_);
    inputs_ = native::Memory(size * static_cast<std::size_t>(manifest_.network_input_width()) * sizeof(double));
    outputs_ = native::Memory(size * static_cast<std::size_t>(manifest_.network_output_width()) * sizeof(double));
    point_ = native::Memory(static_cast<std::size_t>((columns + stride_ - 1) / stride_ * point_rows()) * size * sizeof(double));
    random_.resize(size * static_cast<std::size_t>(manifest_.random_numbers));
    flags_.resize(size);
    weights_.resize(static_cast<std::size_t>(columns));
    capacity_ = columns;
}

void Linearization::linearize(const Segment& segment, const Treatment& treatment, Precision precision) {
    const std::lock_guard lock(mutex_);
    reserve(segment.columns, precision);
    columns_ = 0;
    for (std::int64_t block = 0; block * stride_ < segment.columns; ++block) linearize_block(segment, treatment, block);
    columns_ = segment.columns;
}

void Linearization::linearize_block(const Segment& segment, const Treatment& treatment, std::int64_t block) {
    const std::int64_t first = block * stride_, count = std::min(stride_, segment.columns - first);
    double* const inputs = point(block);
    double* const outputs = inputs + manifest_.network_input_width() * stride_;
    for (const Field& field : segment.inputs) pack(field, first, count, stride_, inputs);
    if (manifest_.carries())
        fill_carried(manifest_, kernels_, treatment.noise, segment.carried, first, count, stride_, random_.data(),
                     inputs + manifest_.input_width() * stride_);
    guard_.inspect_inputs(inputs, count, stride_, flags_.data());
    derivative_->linearize(block, inputs, outputs, count);
    set_weights(treatment, outputs, first, count);
}

void Linearization::set_weights(const Treatment& treatment, const double* outputs, std::int64_t first, std::int64_t count) {
    for (std::int64_t column = 0; column < count; ++column) {
        std::int32_t flags = flags_[static_cast<std::size_t>(column)];
        for (std::int64_t row = 0; row < manifest_.network_output_width(); ++row)
            if (!std::isfinite(static_cast<float>(outputs[row * stride_ + column]))) flags |= PARAMNET_FLAG_NONFINITE_OUTPUT;
        weights_[static_cast<std::size_t>(first + column)] = (flags & options_.fallback_flags) != 0 ? 0.0 : treatment.fraction;
    }
}

// Multiplies the outputs of a block by the weights of its columns.
void Linearization::weigh(std::int64_t first, std::int64_t count) const {
    const double* const weights = weights_.data() + first;
    if (std::all_of(weights, weights + count, [](double weight) { return weight == 1.0; })) return;
    for (std::int64_t row = 0; row < manifest_.output_width(); ++row)
        for (std::int64_t column = 0; column < count; ++column) {
            double& one = rows(outputs_)[row * stride_ + column];
            one = weights[column] == 0.0 ? 0.0 : weights[column] * one;
        }
}

void Linearization::require_point(std::int64_t columns) const {
    if (columns <= columns_) return;
    throw Error(PARAMNET_STATUS_UNBOUND,
                {.what = "derivative", .expected = "at least " + std::to_string(columns) + " linearized columns (ncol)",
                 .got = std::to_string(columns_), .remedy = "call linearize with as many columns first"});
}

// Perturbations of a block; those of variables without an array are zero.
void Linearization::read(std::span<const Field> fields, std::int64_t first, std::int64_t count) const {
    std::fill_n(rows(inputs_), manifest_.network_input_width() * stride_, 0.0);
    for (const Field& field : fields)
        if (field.data != nullptr) pack(field, first, count, stride_, rows(inputs_));
}

void Linearization::write(std::span<const Field> fields, std::int64_t first, std::int64_t count) const {
    weigh(first, count);
    for (const Field& field : fields)
        if (field.data != nullptr) unpack<double>(field, first, count, stride_, rows(outputs_), nullptr);
}

void Linearization::tangent(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns) {
    const std::lock_guard lock(mutex_);
    require_point(columns);
    for (std::int64_t first = 0; first < columns; first += stride_) {
        const std::int64_t count = std::min(stride_, columns - first);
        read(inputs, first, count);
        derivative_->tangent(first / stride_, rows(inputs_), rows(outputs_), count);
        write(outputs, first, count);
    }
}

void Linearization::difference(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns) {
    const std::lock_guard lock(mutex_);
    require_point(columns);
    for (std::int64_t first = 0; first < columns; first += stride_) {
        const std::int64_t count = std::min(stride_, columns - first);
        const double* const at = point(first / stride_);
        const double* const there = at + manifest_.network_input_width() * stride_;
        read(inputs, first, count);
        for (std::int64_t number = 0; number < manifest_.network_input_width() * stride_; ++number) rows(inputs_)[number] += at[number];
        derivative_->evaluate(rows(inputs_), rows(outputs_), count);
        for (std::int64_t number = 0; number < manifest_.network_output_width() * stride_; ++number) rows(outputs_)[number] -= there[number];
        write(outputs, first, count);
    }
}

void Linearization::adjoint(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns) {
    const std::lock_guard lock(mutex_);
    require_point(columns);
    std::fill_n(rows(outputs_), columns > 0 ? manifest_.network_output_width() * stride_ : 0, 0.0);
    for (std::int64_t first = 0; first < columns; first += stride_) {
        const std::int64_t count = std::min(stride_, columns - first);
        for (const Field& field : outputs)
            if (field.data != nullptr) pack(inverse(field), first, count, stride_, rows(outputs_));
        weigh(first, count);
        derivative_->adjoint(first / stride_, rows(inputs_), rows(outputs_), count);
        for (const Field& field : inputs)
            if (field.data != nullptr) add_back(field, first, count, stride_, rows(inputs_));
    }
}

}  // namespace paramnet

#include "backends/native/worker.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace paramnet::native {

NativeWorker::NativeWorker(const Plan& plan) : plan_(plan), scratch_(plan.scratch_bytes()) {}

void NativeWorker::evaluate(const float* inputs, float* outputs, std::int64_t columns, std::int64_t stride) {
    stride_ = stride;
    // Blocks of equal size: each streams all weights through the cache, even for few columns.
    const std::int64_t most = plan_.block_columns(), blocks = (columns + most - 1) / most;
    const std::int64_t block = blocks > 1 ? padded((columns + blocks - 1) / blocks) : columns;
    for (std::int64_t first = 0; first < columns; first += block) {
        inputs_ = inputs + first;
        outputs_ = outputs + first;
        columns_ = std::min(columns - first, block);
        padded_ = padded(columns_);
        for (std::size_t position = 1; position < plan_.program().operations.size(); ++position) run(position);
    }
}

void NativeWorker::run(std::size_t position) {
    const Operation& operation = plan_.program().operations[position];
    switch (operation.kind) {
        case Kind::input: return;
        case Kind::output: return copy_output(operation);
        case Kind::cast: return cast(operation);
        case Kind::dense: return dense(operation, *plan_.layers(position));
        case Kind::rows: return gather(operation);
        case Kind::concatenate: return concatenate(operation);
        case Kind::convolution: return convolution(operation, *plan_.layers(position));
        case Kind::normalize: return normalize(operation);
        case Kind::attention: return attention(operation);
        case Kind::lstm: return lstm(operation, plan_.layers(position));
        case Kind::binary:
        case Kind::unary:
        case Kind::sum:
        case Kind::cumulative_sum:
            if (plan_.value(operation.out).type == Type::float64)
                elementwise<double>(operation, plan_.kernels().float64);
            else
                elementwise<float>(operation, plan_.kernels().float32);
    }
}

// Inputs are never written: only the operation input makes the value stored there.
template <typename Real>
Rows<Real> NativeWorker::rows(std::int64_t value) const {
    const Place& place = plan_.place(value);
    if (place.where == Place::Where::inputs) return {reinterpret_cast<Real*>(const_cast<float*>(inputs_)), stride_};
    if (place.where == Place::Where::outputs) return {reinterpret_cast<Real*>(outputs_), stride_};
    return {reinterpret_cast<Real*>(scratch_.data() + place.offset), padded_};
}

Rows<float> NativeWorker::float_rows(std::int64_t value) const { return rows<float>(value); }

// An operand of a result of `count` rows; a single row is used for all of them.
template <typename Real>
Operand<Real> NativeWorker::operand(const Reference& reference, std::int64_t count) const {
    if (reference.constant) {
        const Constant& constant = plan_.constant(reference.number);
        return {constant.as<Real>(), constant.rows == 1 && count > 1 ? 0 : 1, true};
    }
    const Rows<Real> found = rows<Real>(reference.number);
    return {found.data, plan_.value(reference.number).rows == 1 && count > 1 ? 0 : found.stride, false};
}

// Operands of fewer rows are repeated: the kernel runs over as many rows as are adjacent in both.
template <typename Real>
void NativeWorker::binary(const Operation& operation, const ElementKernels<Real>& kernels) {
    const Rows<Real> out = rows<Real>(operation.out);
    const std::int64_t count = plan_.value(operation.out).rows;
    const auto rows_of = [&](const Reference& reference) {
        const std::int64_t found =
            reference.constant ? plan_.constant(reference.number).rows : plan_.value(reference.number).rows;
        return found == 1 ? count : found;
    };
    const std::int64_t rows_a = rows_of(operation.a), rows_b = rows_of(operation.b), period = std::gcd(rows_a, rows_b);
    const Operand<Real> a = operand<Real>(operation.a, count), b = operand<Real>(operation.b, count);
    for (std::int64_t row = 0; row < count; row += period) {
        const Operand<Real> from_a{a.data + row % rows_a * a.stride, a.stride, a.constant};
        const Operand<Real> from_b{b.data + row % rows_b * b.stride, b.stride, b.constant};
        kernels.binary(operation.binary, from_a, from_b, {out.data + row * out.stride, out.stride}, {period, padded_});
    }
}

template <typename Real>
void NativeWorker::elementwise(const Operation& operation, const ElementKernels<Real>& kernels) {
    if (operation.kind == Kind::binary) return binary(operation, kernels);
    const Rows<Real> out = rows<Real>(operation.out);
    const Extent extent{plan_.value(operation.out).rows, padded_};
    const Rows<Real> found = rows<Real>(operation.in[0]);
    const Rows<const Real> in{found.data, found.stride};
    if (operation.kind == Kind::unary) kernels.unary(operation.function, in, out, extent);
    if (operation.kind == Kind::cumulative_sum) kernels.cumulative_sum(in, out, extent);
    if (operation.kind != Kind::sum) return;
    const std::int64_t levels = plan_.value(operation.in[0]).rows / extent.rows;
    for (std::int64_t row = 0; row < extent.rows; ++row)
        kernels.sum({in.data + row * in.stride, in.stride * extent.rows}, out.data + row * out.stride, {levels, padded_});
}

void NativeWorker::cast(const Operation& operation) {
    const std::int64_t in = operation.in[0], out = operation.out;
    const Type from = plan_.value(in).type, to = plan_.value(out).type;
    const Extent extent{plan_.value(out).rows, padded_};
    const auto narrow_in = rows<float>(in);
    const auto wide_in = rows<double>(in);
    if (from == to) gather(operation);
    else if (from == Type::float32) plan_.kernels().widen({narrow_in.data, narrow_in.stride}, rows<double>(out), extent);
    else plan_.kernels().narrow({wide_in.data, wide_in.stride}, rows<float>(out), extent);
}

void NativeWorker::dense(const Operation& operation, const Dense& layer) {
    const auto in = rows<float>(operation.in[0]), out = rows<float>(operation.out);
    const Rows<float> residual = operation.residual == none ? Rows<float>{nullptr, 0} : rows<float>(operation.residual);
    run_dense(layer, {in.data, in.stride}, out, {residual.data, residual.stride});
}

void NativeWorker::run_dense(const Dense& layer, Rows<const float> in, Rows<float> out, Rows<const float> residual) const {
    plan_.dense_function()(layer, {in.data, in.stride, out.data, out.stride, residual.data, residual.stride, columns_,
                                   scratch_.data() + plan_.dense_scratch_offset()});
}

std::byte* NativeWorker::row(std::int64_t value, std::int64_t row) const {
    if (plan_.value(value).type == Type::float64) {
        const auto found = rows<double>(value);
        return reinterpret_cast<std::byte*>(found.data + row * found.stride);
    }
    const auto found = rows<float>(value);
    return reinterpret_cast<std::byte*>(found.data + row * found.stride);
}

// Rows by index; without an index all rows in order.
void NativeWorker::gather(const Operation& operation) {
    const auto bytes = static_cast<std::size_t>(padded_ * bytes_of(plan_.value(operation.out).type));
    const std::int32_t* index =
        operation.index == none ? nullptr : plan_.constant(operation.index).as<std::int32_t>();
    for (std::int64_t to = 0; to < plan_.value(operation.out).rows; ++to) {
        std::int64_t from = index ? index[to] : to;
        auto value = operation.in.begin();
        for (; from >= plan_.value(*value).rows; ++value) from -= plan_.value(*value).rows;
        std::memcpy(row(operation.out, to), row(*value, from), bytes);
    }
}

void NativeWorker::concatenate(const Operation& operation) {
    const auto bytes = static_cast<std::size_t>(padded_ * bytes_of(plan_.value(operation.out).type));
    std::int64_t to = 0;
    for (const std::int64_t value : operation.in)
        for (std::int64_t from = 0; from < plan_.value(value).rows; ++from)
            std::memcpy(row(operation.out, to++), row(value, from), bytes);
}

void NativeWorker::copy_output(const Operation& operation) {
    if (!plan_.copies_output()) return;
    for (std::int64_t from = 0; from < plan_.value(operation.in[0]).rows; ++from)
        std::memcpy(outputs_ + from * stride_, row(operation.in[0], from), static_cast<std::size_t>(padded_) * 4);
}

}  // namespace paramnet::native

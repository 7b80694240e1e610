#include "scheme/workspace.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "scheme/carried_rows.hpp"

namespace paramnet {
namespace {

// Smallest correction that is counted, in the units of each fixer: about 1e-4 mm of water a day and its latent heat; any limit.
constexpr std::array<double, fixer_kinds.size()> noticeable{1.0e-9, 1.0e-9, 2.5e-3, 1.0e-9, 2.5e-3, 0.0};

// Rows at distances of a power of two would share a few sets of the cache.
std::int64_t row_stride(std::int64_t columns) {
    const std::int64_t stride = padded(columns);
    return stride % 256 == 0 ? stride + stride_multiple : stride;
}

}  // namespace

void count_flags(std::span<const std::int32_t> flags, std::int32_t fallback_flags, paramnet_counts& counts) {
    std::int32_t any = 0;
    for (const std::int32_t one : flags) any |= one;
    if (any == 0) return;
    for (const std::int32_t one : flags) {
        counts.nonfinite_input += (one & PARAMNET_FLAG_NONFINITE_INPUT) != 0;
        counts.nonfinite_output += (one & PARAMNET_FLAG_NONFINITE_OUTPUT) != 0;
        counts.outside_envelope += (one & PARAMNET_FLAG_OUTSIDE_ENVELOPE) != 0;
        counts.far_from_training += (one & PARAMNET_FLAG_FAR_FROM_TRAINING) != 0;
        counts.fallen_back += (one & fallback_flags) != 0;
    }
}

template <typename Real>
Workspace<Real>::Workspace(Backend& backend, const Manifest& manifest)
    : comparison(manifest.output_width()),
      backend_(backend),
      manifest_(manifest),
      kernels_(native::choose_kernels()),
      worker_(backend.make_worker()) {
    if (backend.block_columns() > 0) reserve(backend.block_columns());
}

template <typename Real>
Workspace<Real>::~Workspace() {
    release();
}

template <typename Real>
void Workspace<Real>::release() noexcept {
    if (inputs_ != nullptr) backend_.release(inputs_);
    if (outputs_ != nullptr) backend_.release(outputs_);
    inputs_ = outputs_ = nullptr;
    capacity_ = 0;
}

template <typename Real>
void Workspace<Real>::reserve(std::int64_t columns) {
    const std::int64_t stride = row_stride(columns);
    if (stride <= capacity_) return;
    release();
    const auto size = static_cast<std::size_t>(stride);
    const std::size_t input_bytes = size * static_cast<std::size_t>(manifest_.network_input_width()) * sizeof(Real);
    inputs_ = static_cast<Real*>(backend_.allocate(input_bytes));
    outputs_ = static_cast<Real*>(backend_.allocate(size * static_cast<std::size_t>(manifest_.network_output_width()) * sizeof(Real)));
    std::memset(inputs_, 0, input_bytes);  // columns beyond a block keep earlier values, always finite
    corrections_.assign(size * fixer_kinds.size(), Real(0));
    weights_.resize(size);
    random_.resize(size * static_cast<std::size_t>(manifest_.random_numbers));
    flags_.resize(size);
    capacity_ = stride;
}

template <typename Real>
template <typename Visit>
void Workspace<Real>::each_piece(std::span<const Segment> segments, std::int64_t begin, std::int64_t end,
                                 Visit&& visit) const {
    auto segment = std::upper_bound(segments.begin(), segments.end(), begin,
                                    [](std::int64_t at, const Segment& one) { return at < one.start + one.columns; });
    for (std::int64_t at = begin; at < end; ++segment) {
        const std::int64_t skipped = at - segment->start;
        const std::int64_t columns = std::min(segment->columns - skipped, end - at);
        visit(*segment, skipped, columns, at - begin);
        at += columns;
    }
}

template <typename Real>
void Workspace<Real>::evaluate(const Plan<Real>& plan, std::int64_t begin, std::int64_t end) {
    const std::int64_t columns = end - begin, stride = row_stride(columns);
    each_piece(plan.segments, begin, end, [&](const Segment& segment, std::int64_t skipped, std::int64_t count, std::int64_t at) {
        for (const Field& field : segment.inputs) pack(field, segment.first + skipped, count, stride, inputs_ + at);
        if (manifest_.carries() && !segment.complete)
            fill_carried(manifest_, kernels_, plan.treatment.noise, segment.carried, segment.first + skipped, count, stride,
                         random_.data(), inputs_ + manifest_.input_width() * stride + at);
    });
    plan.guard.inspect_inputs(inputs_, columns, stride, flags_.data());
    worker_->evaluate(inputs_, outputs_, columns, stride);
    each_piece(plan.segments, begin, end, [&](const Segment& segment, std::int64_t skipped, std::int64_t count, std::int64_t at) {
        for (const Field& field : segment.outputs)
            Guard<Real>::inspect_outputs(field, outputs_ + at, count, stride, flags_.data() + at);
        if (segment.carried != nullptr) keep_state(segment, segment.first + skipped, count, stride, at);
    });
    fix(plan, columns, stride);
    count_flags({flags_.data(), static_cast<std::size_t>(columns)}, plan.options.fallback_flags, counts);
    compared = compared || plan.treatment.compare;
    const Real* weights = plan.treatment.compare ? nullptr : weigh(plan, columns, stride);
    each_piece(plan.segments, begin, end, [&](const Segment& segment, std::int64_t skipped, std::int64_t count, std::int64_t at) {
        const std::int64_t first = segment.first + skipped;
        for (const Field& field : segment.outputs) {
            if (plan.treatment.compare)
                comparison.add(field, first, count, stride, outputs_ + at, flags_.data() + at, plan.options.fallback_flags);
            else
                unpack(field, first, count, stride, outputs_ + at, weights == nullptr ? nullptr : weights + at);
        }
        for (const Field& field : segment.corrections)
            if (field.data != nullptr)
                unpack<Real>(field, first, count, capacity_, corrections_.data() + at, nullptr);
        if (segment.flags != nullptr) std::copy_n(flags_.data() + at, count, segment.flags + skipped);
    });
}

// A column whose outputs or new state are not finite keeps its old state.
template <typename Real>
void Workspace<Real>::keep_state(const Segment& segment, std::int64_t first, std::int64_t count, std::int64_t stride,
                                 std::int64_t at) {
    const Real* const rows = outputs_ + manifest_.output_width() * stride + at;
    const std::int64_t size = manifest_.state_size();
    for (std::int64_t row = 0; row < size; ++row)
        for (std::int64_t column = 0; column < count; ++column)
            if (!std::isfinite(static_cast<float>(rows[row * stride + column])))
                flags_[static_cast<std::size_t>(at + column)] |= PARAMNET_FLAG_NONFINITE_OUTPUT;
    for (std::int64_t row = 0; row < size; ++row) {
        const float* const before = segment.carried->old_state(row) + first;
        float* const after = segment.carried->new_state(row) + first;
        for (std::int64_t column = 0; column < count; ++column)
            after[column] = (flags_[static_cast<std::size_t>(at + column)] & nonfinite_flags) != 0
                                ? before[column]
                                : static_cast<float>(rows[row * stride + column]);
    }
}

template <typename Real>
void Workspace<Real>::fix(const Plan<Real>& plan, std::int64_t columns, std::int64_t stride) {
    for (const Fixer& fixer : plan.fixers) {
        Real* sizes = corrections_.data() + static_cast<std::int64_t>(fixer.kind()) * capacity_;
        fixer.apply(inputs_, outputs_, columns, stride, flags_.data(), nonfinite_flags, sizes);
        const double limit = noticeable[fixer.kind()];
        std::int64_t corrected = 0;
        for (std::int64_t column = 0; column < columns; ++column)
            corrected += std::abs(static_cast<double>(sizes[column])) > limit;
        counts.by_fixer[fixer.kind()] += corrected;
    }
}

// One weight per column for unpack; null where every column takes the network's value.
template <typename Real>
const Real* Workspace<Real>::weigh(const Plan<Real>& plan, std::int64_t columns, std::int64_t stride) {
    bool whole = plan.treatment.fraction >= 1.0;
    std::fill_n(weights_.data(), columns, static_cast<Real>(plan.treatment.fraction));
    for (std::int64_t column = 0; column < columns; ++column) {
        if ((flags_[static_cast<std::size_t>(column)] & plan.options.fallback_flags) == 0) continue;
        if (plan.options.fallback_keeps) {
            weights_[static_cast<std::size_t>(column)] = Real(0);
            whole = false;
        } else {
            for (std::int64_t row = 0; row < manifest_.network_output_width(); ++row) outputs_[row * stride + column] = Real(0);
        }
    }
    return whole ? nullptr : weights_.data();
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace paramnet

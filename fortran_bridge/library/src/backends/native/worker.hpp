// Runs a plan over blocks of columns.
#pragma once

#include "backends/backend.hpp"
#include "backends/native/plan.hpp"

namespace paramnet::native {

class NativeWorker final : public Worker {
public:
    // Allocates all its memory; `plan` must outlive it.
    explicit NativeWorker(const Plan& plan);

    using Worker::evaluate;
    void evaluate(const float* inputs, float* outputs, std::int64_t columns, std::int64_t stride) override;

private:
    // A value of the current block.
    template <typename Real>
    Rows<Real> rows(std::int64_t value) const;
    template <typename Real>
    Operand<Real> operand(const Reference& reference, std::int64_t count) const;
    template <typename Real>
    void binary(const Operation& operation, const ElementKernels<Real>& kernels);
    template <typename Real>
    void elementwise(const Operation& operation, const ElementKernels<Real>& kernels);
    void run(std::size_t position);
    void cast(const Operation& operation);
    void dense(const Operation& operation, const Dense& layer);
    void gather(const Operation& operation);
    void concatenate(const Operation& operation);
    void copy_output(const Operation& operation);
    std::byte* row(std::int64_t value, std::int64_t row) const;

    // Along levels (worker_levels.cpp).
    void convolution(const Operation& operation, const Dense& layer);
    Rows<const float> window(const Operation& operation, const Dense& layer, std::int64_t first) const;
    void normalize(const Operation& operation);
    void attention(const Operation& operation);
    void lstm(const Operation& operation, const Dense* layers);
    void run_dense(const Dense& layer, Rows<const float> in, Rows<float> out, Rows<const float> residual) const;
    Rows<float> float_rows(std::int64_t value) const;
    float* level_scratch() const { return reinterpret_cast<float*>(scratch_.data() + plan_.level_scratch_offset()); }

    const Plan& plan_;
    Memory scratch_;
    // The current block.
    const float* inputs_ = nullptr;
    float* outputs_ = nullptr;
    std::int64_t stride_ = 0;   // of inputs and outputs
    std::int64_t columns_ = 0;
    std::int64_t padded_ = 0;
};

}  // namespace paramnet::native

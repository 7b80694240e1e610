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
    Operand<Real> operand(const Reference& reference, std::int64_t rows) const;
    template <typename Real>
    void elementwise(const Operation& operation, const ElementKernels<Real>& kernels);
    void run(std::size_t position);
    void cast(const Operation& operation);
    void dense(const Operation& operation, const Dense& layer);
    void gather(const Operation& operation);
    void concatenate(const Operation& operation);
    void copy_output(const Operation& operation);
    std::byte* row(std::int64_t value, std::int64_t row) const;

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

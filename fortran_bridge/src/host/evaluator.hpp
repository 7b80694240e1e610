// Host arrays -> rows -> guard -> network -> guard -> host arrays.
#pragma once

#include <cstdint>
#include <memory>

#include "backend.hpp"
#include "host/binding.hpp"
#include "host/guard.hpp"

namespace paramnet {

class Evaluator {
public:
    // `backend` must outlive this.
    Evaluator(Backend& backend, const Manifest& manifest, const Settings& settings);
    ~Evaluator();
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    // Evaluates columns 0..columns-1, all bound and large enough, and sets flags[column] to PARAMNET_FLAG_* sums.
    // Outputs of columns flagged as non-finite are zeros.  Throws Error(BACKEND, DEVICE or OUT_OF_MEMORY) before any
    // output is written; after the first call with this many columns nothing is allocated.
    void evaluate(const Slots& inputs, const Slots& outputs, std::int64_t columns, std::int32_t* flags);

private:
    template <typename Real>
    void evaluate(const Guard<Real>& guard, const Slots& inputs, const Slots& outputs, std::int64_t columns,
                  std::int32_t* flags);
    void reserve(std::int64_t stride);
    void release() noexcept;

    Backend& backend_;
    std::unique_ptr<Worker> worker_;
    Guard<float> guard32_;
    Guard<double> guard64_;
    std::int64_t input_width_, output_width_;
    std::int64_t capacity_ = 0;
    void* inputs_ = nullptr;
    void* outputs_ = nullptr;
};

}  // namespace paramnet

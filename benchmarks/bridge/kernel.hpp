// The native kernel of an artefact without the bridge, and the peak performance of the core.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/backend.hpp"
#include "backends/native/memory.hpp"

namespace bench {

class Kernel {
public:
    Kernel(const std::string& path, paramnet::Precision precision, std::int64_t columns);

    void evaluate() { worker_->evaluate(inputs(), outputs(), columns_, stride_); }
    std::string describe() const { return backend_->describe(); }
    std::int64_t input_width() const { return input_width_; }
    std::int64_t output_width() const { return output_width_; }
    const float* inputs() const { return reinterpret_cast<const float*>(inputs_.data()); }
    float* outputs() const { return reinterpret_cast<float*>(outputs_.data()); }

private:
    std::int64_t columns_, stride_, input_width_ = 0, output_width_ = 0;
    std::unique_ptr<paramnet::Backend> backend_;
    std::unique_ptr<paramnet::Worker> worker_;
    paramnet::native::Memory inputs_, outputs_;
};

// AVX-512 fused multiply-adds on registers only; returns the number of floating-point operations of one call.
bool has_peak();
double peak_operations();
void peak_call();

}  // namespace bench

#include "kernel.hpp"

#include <cmath>

namespace bench {

Kernel::Kernel(const std::string& path, paramnet::Precision precision, std::int64_t columns)
    : columns_(columns), stride_(paramnet::padded(columns)) {
    const paramnet::Artefact artefact(path);
    const paramnet::Manifest manifest = paramnet::parse_manifest(artefact.text("paramnet.json"), path);
    paramnet::Settings settings;
    settings.precision = precision;
    backend_ = paramnet::make_native_backend(artefact, manifest, settings);
    worker_ = backend_->make_worker();
    input_width_ = manifest.input_width();
    output_width_ = manifest.output_width();
    const auto bytes = [&](std::int64_t rows) { return static_cast<std::size_t>(rows * stride_) * sizeof(float); };
    inputs_ = paramnet::native::Memory(bytes(input_width_));
    outputs_ = paramnet::native::Memory(bytes(output_width_));
    auto* numbers = reinterpret_cast<float*>(inputs_.data());
    for (std::int64_t index = 0; index < input_width_ * stride_; ++index)
        numbers[index] = static_cast<float>(std::sin(static_cast<double>(index) * 0.7));
}

}  // namespace bench

// One kernel, called by the Fortran benchmark.
extern "C" {

void* bench_kernel_open(const char* path, std::int64_t columns) {
    try {
        return new bench::Kernel(path, paramnet::Precision::float32, columns);
    } catch (const std::exception&) {
        return nullptr;
    }
}

void bench_kernel_evaluate(void* kernel) { static_cast<bench::Kernel*>(kernel)->evaluate(); }

void bench_kernel_close(void* kernel) { delete static_cast<bench::Kernel*>(kernel); }
}

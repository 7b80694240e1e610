// The interface between the CPU side of a call (src/scheme) and the network backends (native, torch).  Both use the
// host's layout, columns contiguous: in[row * stride + column], a row being one level of one variable in the order of
// the contract, so that SIMD runs across columns without transposition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "artefact/artefact.hpp"
#include "artefact/manifest.hpp"

namespace paramnet {

enum class Precision { float32, float64, bfloat16 };

struct Settings {
    std::string device = "cpu";
    std::string backend = "auto";
    Precision precision = Precision::float32;
    double envelope_tolerance = 0.0;
    int threads = 1;
    bool trust = false;  // load TorchScript that could do more than compute
    double bfloat16_tolerance = 0.05;  // largest rms error of an output, in its own standard deviations, as exported
};

constexpr std::int64_t stride_multiple = 16;  // columns; one cache line of float32
constexpr std::size_t memory_alignment = 64;  // bytes

constexpr std::int64_t padded(std::int64_t columns) {
    return (columns + stride_multiple - 1) / stride_multiple * stride_multiple;
}

// Evaluation by one thread at a time, with its own scratch memory.
class Worker {
public:
    Worker() = default;
    virtual ~Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // inputs : (n_in rows, stride), outputs : (n_out rows, stride), both 64-byte aligned; stride is a multiple of 16
    // and at least padded(columns).  Columns from `columns` up to the stride hold finite numbers; they may be computed
    // and written.  Only the overload of the backend's precision works; the other throws Error(INTERNAL).
    // Throws Error(BACKEND, DEVICE or OUT_OF_MEMORY); outputs are then undefined.
    virtual void evaluate(const float* inputs, float* outputs, std::int64_t columns, std::int64_t stride);
    virtual void evaluate(const double* inputs, double* outputs, std::int64_t columns, std::int64_t stride);
};

// One variable of the host in the memory of the scheme's device; strides in elements, as in paramnet_array.
struct DeviceArray {
    void* data = nullptr;
    std::int32_t kind = 0;     // PARAMNET_REAL32 or PARAMNET_REAL64
    std::int64_t offset = 0;   // first row in the order of the contract
    std::int64_t size = 1;     // rows
    std::int64_t column_stride = 1;
    std::int64_t level_stride = 1;
    double scale = 1.0;        // contract = scale * host + shift
    double shift = 0.0;
};

// Limits of the guard, for arrays that the CPU side cannot read.
struct DeviceEnvelope {
    std::vector<double> lower, upper;  // one per input row, tolerance included; empty: only finiteness is checked
};

// Evaluation in place on device-resident arrays.
class DeviceWorker {
public:
    DeviceWorker() = default;
    virtual ~DeviceWorker() = default;
    DeviceWorker(const DeviceWorker&) = delete;
    DeviceWorker& operator=(const DeviceWorker&) = delete;

    // flags: `columns` integers of the host that receive PARAMNET_FLAG_* sums; outputs of columns flagged as not finite
    // are zeros.  Returns when the outputs are in device memory.
    virtual void evaluate(std::span<const DeviceArray> inputs, std::span<const DeviceArray> outputs,
                          std::int64_t columns, std::int32_t* flags) = 0;
};

// The Jacobian of the network at a point: a row of every input and output, for blocks of columns.  Used by one thread at a
// time, with its own memory.  Rows are block_columns() apart and 64-byte aligned; columns from `columns` on hold finite numbers.
class Derivative {
public:
    Derivative() = default;
    virtual ~Derivative() = default;
    Derivative(const Derivative&) = delete;
    Derivative& operator=(const Derivative&) = delete;

    // Makes room for a point of this many columns, and forgets the one before.  Allocates, as the others do not.
    virtual void reserve(std::int64_t columns) = 0;
    virtual std::int64_t block_columns() const = 0;

    // Evaluates a block and keeps what its derivative needs; outputs are those of the network.
    virtual void linearize(std::int64_t block, const double* inputs, double* outputs, std::int64_t columns) = 0;

    // The network's outputs alone; the point stays.  Allocates at its first call.
    virtual void evaluate(const double* inputs, double* outputs, std::int64_t columns) = 0;

    // outputs = L inputs, and inputs = L' outputs, at the point of this block.
    virtual void tangent(std::int64_t block, const double* inputs, double* outputs, std::int64_t columns) = 0;
    virtual void adjoint(std::int64_t block, double* inputs, const double* outputs, std::int64_t columns) = 0;
};

class Backend {
public:
    Backend() = default;
    virtual ~Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // Workers allocate when made or at the first call with a number of columns, never later.  Outlived by the backend.
    virtual std::unique_ptr<Worker> make_worker() = 0;

    // Best number of columns to evaluate together; 0: all columns of a call at once.
    virtual std::int64_t block_columns() const = 0;

    // true: the CPU side runs workers in parallel over blocks; false: the backend uses its own threads.
    virtual bool threads_outside() const = 0;

    // true: workers take double rows, not float.
    virtual bool float64() const { return false; }

    // Memory for inputs and outputs (pinned for GPUs).  Throws std::bad_alloc.
    virtual void* allocate(std::size_t bytes);
    virtual void release(void* memory) noexcept;

    // Throws Error(DEVICE) unless the backend runs on a device.
    virtual std::unique_ptr<DeviceWorker> make_device_worker(const DeviceEnvelope& envelope);

    // precision: of the derivative, float32 or float64.  Throws Error(INVALID_ARGUMENT) unless the backend is native and in
    // float32.
    virtual std::unique_ptr<Derivative> make_derivative(Precision precision);

    // "native (avx512), float32" or "torchscript on cuda:0, float32, 1 thread(s)"
    virtual std::string describe() const = 0;
};

std::unique_ptr<Backend> make_native_backend(const Artefact& artefact, const Manifest& manifest,
                                             const Settings& settings);

// kind: "torchscript" or "aoti".  Loads the plug-in libparamnet_torch, which brings libtorch, when first called.
std::unique_ptr<Backend> make_torch_backend(const std::string& kind, const Artefact& artefact,
                                            const Manifest& manifest, const Settings& settings);

// The fixed rule behind backend "auto" (README, BACKENDS), or the requested backend; `reason` receives the reason.
std::unique_ptr<Backend> choose_backend(const Artefact& artefact, const Manifest& manifest, const Settings& settings,
                                        std::string& reason);

}  // namespace paramnet

#include "backends/backend.hpp"

#include <cstdlib>
#include <new>

#include "common/error.hpp"

namespace paramnet {
namespace {

[[noreturn]] void wrong_precision(const char* got) {
    throw Error(PARAMNET_STATUS_INTERNAL, {.what = std::string("worker: this backend does not compute in ") + got});
}

}  // namespace

void Worker::evaluate(const float*, float*, std::int64_t, std::int64_t) { wrong_precision("float32"); }

void Worker::evaluate(const double*, double*, std::int64_t, std::int64_t) { wrong_precision("float64"); }

void* Backend::allocate(std::size_t bytes) {
    return ::operator new(bytes, std::align_val_t{memory_alignment});
}

void Backend::release(void* memory) noexcept { ::operator delete(memory, std::align_val_t{memory_alignment}); }

std::unique_ptr<DeviceWorker> Backend::make_device_worker(const DeviceEnvelope&) {
    throw Error(PARAMNET_STATUS_DEVICE,
                {.what = "device arrays", .expected = "a scheme on a GPU", .got = describe(),
                 .remedy = "load the scheme with device 'cuda' or bind host arrays"});
}

std::unique_ptr<Derivative> Backend::make_derivative(Precision) {
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "derivatives", .expected = "the native backend with precision 'float32'", .got = describe(),
                 .remedy = "load the scheme with backend 'native', precision 'float32'; the derivative's own precision is an argument"
                           " of linearize"});
}

}  // namespace paramnet

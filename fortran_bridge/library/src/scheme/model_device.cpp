// Arrays in the memory of the scheme's device: passed to the backend in place.
#include <algorithm>

#include "common/error.hpp"
#include "scheme/model.hpp"

namespace paramnet {
namespace {

void list(std::span<const Field> fields, std::int64_t first, std::vector<DeviceArray>& arrays) {
    arrays.clear();
    for (const Field& field : fields) {
        auto* const data = static_cast<char*>(field.data) + first * field.column_stride * field.kind;
        arrays.push_back({data, field.kind, field.row, field.rows, field.column_stride, field.level_stride, field.scale, field.shift});
    }
}

}  // namespace

void Model::require_device() {
    const std::lock_guard lock(device_mutex_);
    if (device_worker_ == nullptr) device_worker_ = backend_->make_device_worker({envelope_.box.lower, envelope_.box.upper});
}

void Model::run_on_device(const Segment& segment) {
    if (fraction_.load() < 1.0 || compare_.load() || options_.fallback_keeps || options_.fallback_flags != nonfinite_flags ||
        evaluator_->has_fixers() || envelope_.distance)
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "run",
                     .expected = "arrays in host memory for ramp, comparison, fixers, distance or a fallback other "
                         "than 'zero'", .got = "a device's", .remedy = "bind host arrays or leave those out"});
    if (manifest_.carries())
        throw Error(PARAMNET_STATUS_DEVICE, {.what = "run", .expected = "arrays in host memory for a scheme with state or random numbers",
                                             .got = "a device's", .remedy = "bind host arrays"});
    const std::lock_guard lock(device_mutex_);
    device_flags_.assign(static_cast<std::size_t>(segment.columns), 0);
    if (segment.columns > 0) {
        list(segment.inputs, segment.first, device_inputs_);
        list(segment.outputs, segment.first, device_outputs_);
        device_worker_->evaluate(device_inputs_, device_outputs_, segment.columns, device_flags_.data());
    }
    if (segment.flags != nullptr) std::copy(device_flags_.begin(), device_flags_.end(), segment.flags);
    const std::lock_guard counting(totals_.mutex);
    count_flags(device_flags_, options_.fallback_flags, totals_.counts);
    totals_.counts.calls += 1;
    totals_.counts.columns += segment.columns;
}

}  // namespace paramnet

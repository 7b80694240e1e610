// The C ABI of the recorder: catches every exception.
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include "checks.hpp"
#include "common/error.hpp"
#include "paramnet_record.h"
#include "recorder.hpp"

struct paramnet_recorder {
    paramnet::Recorder recorder;
};

namespace paramnet {
namespace {

// netCDF-C is not safe in several threads at once.
std::mutex& netcdf() {
    static std::mutex one;
    return one;
}

template <typename Function>
std::int32_t guarded(Function&& function) noexcept {
    try {
        const std::lock_guard lock(netcdf());
        function();
        return PARAMNET_OK;
    } catch (const Error& problem) {
        return remember_failure(problem.status(), problem.what());
    } catch (const std::bad_alloc&) {
        return remember_failure(PARAMNET_STATUS_OUT_OF_MEMORY, "out of memory on the host");
    } catch (const std::exception& problem) {
        return remember_failure(PARAMNET_STATUS_INTERNAL, problem.what());
    } catch (...) {
        return remember_failure(PARAMNET_STATUS_INTERNAL, "an exception of unknown type");
    }
}

template <typename Type>
Type& required(Type* pointer, const char* what) {
    if (pointer == nullptr)
        refuse(what, "an address", "NULL");
    return *pointer;
}

Recorder& opened(paramnet_recorder* handle) {
    if (handle == nullptr)
        refuse("recorder", "one that is open", "none", "call open first");
    return handle->recorder;
}

bool bottom_first(std::int32_t order) {
    if (order != PARAMNET_TOP_FIRST && order != PARAMNET_BOTTOM_FIRST)
        refuse("order", "0 or 1", std::to_string(order));
    return order == PARAMNET_BOTTOM_FIRST;
}

}  // namespace
}  // namespace paramnet

using paramnet::guarded;
using paramnet::opened;
using paramnet::required;

const char* paramnet_record_last_error(void) { return paramnet::last_failure(); }

std::int32_t paramnet_record_options_init(paramnet_record_options* options) {
    return guarded([&] {
        paramnet_record_options defaults{};
        defaults.struct_size = sizeof(paramnet_record_options);
        defaults.model = "";
        defaults.time_units = "days since 0001-01-01";
        defaults.calendar = "standard";
        defaults.every_step = defaults.every_column = defaults.ranks = 1;
        required(options, "options") = defaults;
    });
}

std::int32_t paramnet_record_open(const char* folder, const paramnet_record_options* options, paramnet_recorder** recorder) {
    return guarded([&] {
        required(recorder, "recorder") = nullptr;
        if (required(options, "options").struct_size != sizeof(paramnet_record_options))
            paramnet::refuse("options", "the struct_size of this library", "another",
                             "fill them with paramnet_record_options_init");
        *recorder = new paramnet_recorder{paramnet::Recorder(&required(folder, "folder"), *options)};
    });
}

std::int32_t paramnet_record_columns(paramnet_recorder* recorder, std::int64_t columns, const double* latitude,
                                     const double* longitude, const double* area) {
    return guarded([&] { opened(recorder).columns(columns, latitude, longitude, area); });
}

std::int32_t paramnet_record_levels(paramnet_recorder* recorder, std::int64_t levels, const double* a_interface,
                                    const double* b_interface, const double* a_mid, const double* b_mid,
                                    std::int32_t order) {
    return guarded([&] {
        opened(recorder).levels(levels, a_interface, b_interface, a_mid, b_mid, paramnet::bottom_first(order));
    });
}

std::int32_t paramnet_record_heights(paramnet_recorder* recorder, std::int64_t levels, const double* height,
                                     std::int32_t order) {
    return guarded([&] { opened(recorder).heights(levels, height, paramnet::bottom_first(order)); });
}

std::int32_t paramnet_record_constant(paramnet_recorder* recorder, const char* name, double value) {
    return guarded([&] { opened(recorder).constant(&required(name, "name"), value); });
}

std::int32_t paramnet_record_bind(paramnet_recorder* recorder, std::int32_t role, const char* name, const char* units,
                                  const char* standard_name, const paramnet_array* array) {
    return guarded([&] {
        opened(recorder).bind(role, &required(name, "name"), &required(units, "units"),
                              standard_name == nullptr ? "" : standard_name, required(array, "array"));
    });
}

std::int32_t paramnet_record_before(paramnet_recorder* recorder, double time) {
    return guarded([&] { opened(recorder).before(time); });
}

std::int32_t paramnet_record_after(paramnet_recorder* recorder) {
    return guarded([&] { opened(recorder).after(); });
}

std::int32_t paramnet_record_counters(const paramnet_recorder* recorder, paramnet_record_counts* counts) {
    return guarded([&] { required(counts, "counts") = required(recorder, "recorder").recorder.counts(); });
}

std::int32_t paramnet_record_close(paramnet_recorder* recorder, paramnet_record_counts* counts) {
    const std::unique_ptr<paramnet_recorder> owned(recorder);
    const std::int32_t status = guarded([&] {
        if (owned) owned->recorder.close();
    });
    if (counts != nullptr) *counts = owned ? owned->recorder.counts() : paramnet_record_counts{};
    return status;
}

// Python face of the C ABI: numpy arrays of any strides are bound in place; failures become StatusError.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "paramnet.h"

namespace py = pybind11;

namespace {

class StatusError : public std::runtime_error {
public:
    StatusError(std::int32_t code, const std::string& message) : std::runtime_error(message), status(code) {}
    std::int32_t status;
};

void check(std::int32_t status) {
    if (status != PARAMNET_OK) throw StatusError(status, paramnet_last_error());
}

std::int64_t elements(const std::string& name, const py::array& array, py::ssize_t axis) {
    const py::ssize_t bytes = array.strides(axis), size = array.itemsize();
    if (bytes % size != 0)
        throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT,
                          name + ": expected strides in whole numbers of its elements, got " + std::to_string(bytes) +
                              " bytes; copy the array first");
    return bytes / size;
}

// layout: "column,level", "level,column" (rank 2), "column", "level" (rank 1); empty: the first that fits the rank.
paramnet_array described(const std::string& name, const py::array& array, const std::string& layout) {
    const auto refuse = [&](const std::string& detail) {
        throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT, name + ": " + detail);
    };
    paramnet_array result{};
    if (array.dtype().equal(py::dtype::of<float>())) result.kind = PARAMNET_REAL32;
    if (array.dtype().equal(py::dtype::of<double>())) result.kind = PARAMNET_REAL64;
    if (result.kind == 0)
        refuse("expected float32 or float64 in native byte order, got " + std::string(py::str(array.dtype())));
    if (array.ndim() != 1 && array.ndim() != 2) refuse("expected 1 or 2 dimensions, got " + std::to_string(array.ndim()));
    const bool two = array.ndim() == 2;
    if (!layout.empty() && layout != "column,level" && layout != "level,column" && layout != "column" && layout != "level")
        refuse("expected layout 'column,level', 'level,column', 'column' or 'level', got '" + layout + "'");
    if (!layout.empty() && (layout == "column,level" || layout == "level,column") != two)
        refuse("layout '" + layout + "' does not fit an array of " + std::to_string(array.ndim()) + " dimension(s)");
    const bool level_first = layout == "level,column" || layout == "level";
    std::pair<std::int64_t, std::int64_t> first{array.shape(0), elements(name, array, 0)}, second{1, 0};
    if (two) second = {array.shape(1), elements(name, array, 1)};
    if (level_first) std::swap(first, second);
    result.data = const_cast<void*>(array.data());
    std::tie(result.columns, result.column_stride) = first;
    std::tie(result.levels, result.level_stride) = second;
    return result;
}

class Scheme {
public:
    Scheme(const std::string& path, const std::string& device, int threads, const std::string& precision,
           const std::string& backend, double envelope_tolerance) {
        paramnet_options options;
        check(paramnet_options_init(&options));
        options.device = device.c_str();
        options.threads = threads;
        options.precision = precision.c_str();
        options.backend = backend.c_str();
        options.envelope_tolerance = envelope_tolerance;
        const py::gil_scoped_release unlocked;
        check(paramnet_load(path.c_str(), &options, &handle_));
    }
    ~Scheme() { paramnet_free(handle_); }
    Scheme(const Scheme&) = delete;
    Scheme& operator=(const Scheme&) = delete;

    void bind_input(const std::string& name, const std::string& units, const py::array& array,
                    const std::string& layout) {
        const paramnet_array description = described(name, array, layout);
        check(paramnet_bind_input(handle_, name.c_str(), units.c_str(), &description));
        inputs_[name] = array;
    }

    void bind_output(const std::string& name, const std::string& units, const py::array& array,
                     const std::string& layout) {
        if (!array.writeable())
            throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT, name + ": expected a writeable array, got a read-only one");
        const paramnet_array description = described(name, array, layout);
        check(paramnet_bind_output(handle_, name.c_str(), units.c_str(), &description));
        outputs_[name] = array;
    }

    py::array_t<std::int32_t> run(std::int64_t ncol) {
        py::array_t<std::int32_t> flags(std::max<std::int64_t>(ncol, 0));
        std::int32_t* data = flags.mutable_data();
        {
            const py::gil_scoped_release unlocked;
            check(paramnet_run(handle_, ncol, data));
        }
        return flags;
    }

    void check_pressure(const py::array& surface, const py::array& level, double relative_tolerance) const {
        const paramnet_array first = described("surface_pressure", surface, "");
        const paramnet_array second = described("level_pressure", level, "");
        check(paramnet_check_pressure(handle_, first.columns, &first, &second, relative_tolerance));
    }

    void check_constant(const std::string& name, double value, double relative_tolerance) const {
        check(paramnet_check_constant(handle_, name.c_str(), value, relative_tolerance));
    }

    std::pair<py::array_t<double>, py::array_t<double>> output_limits(const std::string& name) const {
        py::ssize_t size = 0;
        for (const auto& variable : variables(PARAMNET_OUTPUT))
            if (variable["name"].cast<std::string>() == name) size = variable["levels"].cast<py::ssize_t>();
        py::array_t<double> minimum(size), maximum(size);
        check(paramnet_output_limits(handle_, name.c_str(), size, minimum.mutable_data(), maximum.mutable_data()));
        return {minimum, maximum};
    }

    py::dict counters() const {
        paramnet_counts counts;
        check(paramnet_counters(handle_, &counts));
        py::dict result;
        result["calls"] = counts.calls;
        result["columns"] = counts.columns;
        result["nonfinite_input"] = counts.nonfinite_input;
        result["nonfinite_output"] = counts.nonfinite_output;
        result["outside_envelope"] = counts.outside_envelope;
        return result;
    }

    std::vector<py::dict> variables(std::int32_t direction) const {
        std::int64_t count = 0;
        check(paramnet_variable_count(handle_, direction, &count));
        std::vector<py::dict> result;
        for (std::int64_t index = 0; index < count; ++index) {
            paramnet_variable variable;
            check(paramnet_variable_info(handle_, direction, index, &variable));
            py::dict item;
            item["name"] = variable.name;
            item["standard_name"] = variable.standard_name;
            item["units"] = variable.units;
            item["levels"] = variable.levels;
            item["profile"] = variable.profile != 0;
            result.push_back(item);
        }
        return result;
    }

    std::string manifest() const {
        const char* json = nullptr;
        check(paramnet_manifest(handle_, &json));
        return json;
    }

    std::string describe() const {
        const char* line = nullptr;
        check(paramnet_describe(handle_, &line));
        return line;
    }

private:
    paramnet_scheme* handle_ = nullptr;
    std::map<std::string, py::array> inputs_, outputs_;  // keep what the library points at alive
};

}  // namespace

PYBIND11_MODULE(_paramnet_bridge, module) {
    module.doc() = "The C ABI of libparamnet for numpy arrays; use paramnet.bridge.";
    module.def("version", [] { return std::string(paramnet_version()); });

    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> error;
    error.call_once_and_store_result(
        [&] { return py::exception<StatusError>(module, "StatusError", PyExc_ValueError); });
    py::register_exception_translator([](std::exception_ptr pointer) {
        try {
            if (pointer) std::rethrow_exception(pointer);
        } catch (const StatusError& problem) {
            const py::object instance = error.get_stored()(problem.what());
            instance.attr("status") = problem.status;
            PyErr_SetObject(error.get_stored().ptr(), instance.ptr());
        }
    });

    py::class_<Scheme>(module, "Scheme")
        .def(py::init<const std::string&, const std::string&, int, const std::string&, const std::string&, double>(),
             py::arg("path"), py::arg("device"), py::arg("threads"), py::arg("precision"), py::arg("backend"),
             py::arg("envelope_tolerance"))
        .def("bind_input", &Scheme::bind_input)
        .def("bind_output", &Scheme::bind_output)
        .def("run", &Scheme::run)
        .def("check_pressure", &Scheme::check_pressure)
        .def("check_constant", &Scheme::check_constant)
        .def("output_limits", &Scheme::output_limits)
        .def("counters", &Scheme::counters)
        .def("inputs", [](const Scheme& scheme) { return scheme.variables(PARAMNET_INPUT); })
        .def("outputs", [](const Scheme& scheme) { return scheme.variables(PARAMNET_OUTPUT); })
        .def("manifest", &Scheme::manifest)
        .def("describe", &Scheme::describe);
}

// Python interface to the C ABI: numpy arrays of any strides are bound in place; failures become StatusError.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "carried.hpp"
#include "derivatives.hpp"
#include "paramnet.h"

namespace py = pybind11;

namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

class Scheme {
public:
    Scheme(const std::string& path, const py::dict& given) {
        paramnet_options options;
        check(paramnet_options_init(&options));
        std::map<std::string, std::string> texts;  // strings that options points to
        const auto text = [&](const char* name) { return (texts[name] = given[name].cast<std::string>()).c_str(); };
        options.device = text("device");
        options.precision = text("precision");
        options.backend = text("backend");
        options.fallback = text("fallback");
        options.threads = given["threads"].cast<std::int32_t>();
        options.envelope_tolerance = given["envelope_tolerance"].cast<double>();
        options.envelope_quantile = given["envelope_quantile"].cast<double>();
        options.distance_quantile = given["distance_quantile"].cast<double>();
        if (!given["bfloat16_tolerance"].is_none())
            options.bfloat16_tolerance = given["bfloat16_tolerance"].cast<double>();
        options.fallback_flags |= given["fallback_flags"].cast<std::int32_t>();
        options.strict = given["strict"].cast<bool>();
        options.trust = given["trust"].cast<bool>();
        const py::gil_scoped_release unlocked;
        check(paramnet_load(path.c_str(), &options, &handle_));
    }
    explicit Scheme(const Scheme* other) { check(paramnet_share(other->handle_, &handle_)); }
    ~Scheme() { paramnet_free(handle_); }
    Scheme(const Scheme&) = delete;
    Scheme& operator=(const Scheme&) = delete;

    paramnet_scheme* handle() const { return handle_; }

    std::unique_ptr<Scheme> share() const { return std::make_unique<Scheme>(this); }

    void bind_input(const std::string& name, const std::string& units, const py::array& array,
                    const std::string& layout, std::int32_t options) {
        const paramnet_array description = described(name, array, layout, options);
        check(paramnet_bind_input(handle_, name.c_str(), units.c_str(), &description));
        inputs_[name] = array;
    }

    void bind_output(const std::string& name, const std::string& units, const py::array& array,
                     const std::string& layout, std::int32_t options) {
        if (!array.writeable())
            throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT,
                              {.what = name, .expected = "a writeable array", .got = "a read-only one"});
        const paramnet_array description = described(name, array, layout, options);
        check(paramnet_bind_output(handle_, name.c_str(), units.c_str(), &description));
        outputs_[name] = array;
    }

    py::array_t<std::int32_t> run(std::int64_t ncol, std::int64_t first) {
        py::array_t<std::int32_t> flags(std::max<std::int64_t>(ncol, 0));
        std::int32_t* data = flags.mutable_data();
        {
            const py::gil_scoped_release unlocked;
            check(paramnet_run_range(handle_, first, ncol, data));
        }
        return flags;
    }

    // The flags are filled by flush and kept alive until then.
    py::array_t<std::int32_t> enqueue(std::int64_t ncol, std::int64_t first) {
        py::array_t<std::int32_t> flags(std::max<std::int64_t>(ncol, 0));
        check(paramnet_enqueue(handle_, first, ncol, flags.mutable_data()));
        queued_.push_back(flags);
        return flags;
    }

    void flush() {
        {
            const py::gil_scoped_release unlocked;
            check(paramnet_flush(handle_));
        }
        queued_.clear();
    }

    py::array_t<std::int32_t> predict(const py::array& inputs, const py::array& outputs) const {
        const paramnet_array from = described("predict", inputs, "column,level");
        const paramnet_array to = described("predict", outputs, "column,level");
        py::array_t<std::int32_t> flags(from.columns);
        std::int32_t* data = flags.mutable_data();
        {
            const py::gil_scoped_release unlocked;
            check(paramnet_predict(handle_, from.columns, &from, &to, data));
        }
        return flags;
    }

    void check_pressure(const py::array& surface, const py::array& level, double relative_tolerance,
                        std::int32_t options) const {
        const paramnet_array first = described("surface_pressure", surface, "");
        const paramnet_array second = described("level_pressure", level, "", options);
        check(paramnet_check_pressure(handle_, first.columns, &first, &second, relative_tolerance));
    }

    void declare_grid(const Doubles& a, const Doubles& b, bool bottom_first, double relative_tolerance) const {
        if (a.ndim() != 1 || b.ndim() != 1 || a.size() != b.size())
            throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT,
                              {.what = "declare_grid", .expected = "a and b (level), of one size"});
        check(paramnet_declare_grid(handle_, a.size(), a.data(), b.data(), bottom_first, relative_tolerance));
    }

    void declare_heights(const Doubles& height, bool bottom_first, double relative_tolerance) const {
        if (height.ndim() != 1)
            throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = "declare_heights", .expected = "height (level)"});
        check(paramnet_declare_heights(handle_, height.size(), height.data(), bottom_first, relative_tolerance));
    }

    void check_constant(const std::string& name, double value, double relative_tolerance) const {
        check(paramnet_check_constant(handle_, name.c_str(), value, relative_tolerance));
    }

    void add_fixer(const std::string& kind, const std::string& roles) const {
        check(paramnet_add_fixer(handle_, kind.c_str(), roles.c_str()));
    }

    void set_ramp(double fraction) const { check(paramnet_set_ramp(handle_, fraction)); }
    void set_comparison(bool on) const { check(paramnet_set_comparison(handle_, on)); }

    py::dict comparison(const std::string& name) const {
        const py::ssize_t size = levels_of(name);
        py::array_t<double> bias(size), rms(size), largest(size);
        std::int64_t columns = 0;
        check(paramnet_comparison(handle_, name.c_str(), size, bias.mutable_data(), rms.mutable_data(),
                                  largest.mutable_data(), &columns));
        py::dict result;
        result["bias"] = bias;
        result["rms"] = rms;
        result["largest"] = largest;
        result["columns"] = columns;
        return result;
    }

    std::pair<py::array_t<double>, py::array_t<double>> output_limits(const std::string& name) const {
        const py::ssize_t size = levels_of(name);
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
        result["far_from_training"] = counts.far_from_training;
        result["fallen_back"] = counts.fallen_back;
        for (const char* fixer : {"non_negative_water", "column_water_closure", "column_enthalpy_closure", "column_water_flux_closure",
                                  "column_energy_closure", "output_limits"}) {
            std::int64_t columns = 0;
            check(paramnet_corrected(handle_, fixer, &columns));
            result[fixer] = columns;
        }
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
    py::ssize_t levels_of(const std::string& output) const {
        for (const auto& variable : variables(PARAMNET_OUTPUT))
            if (variable["name"].cast<std::string>() == output) return variable["levels"].cast<py::ssize_t>();
        return 0;
    }

    paramnet_scheme* handle_ = nullptr;
    std::map<std::string, py::array> inputs_, outputs_;  // keep the arrays alive that the library points to
    std::vector<py::array> queued_;
};

}  // namespace

PYBIND11_MODULE(_paramnet_bridge, module) {
    module.doc() = "The C ABI of libparamnet for numpy arrays; use paramnet.bridge.";
    module.def("version", [] { return std::string(paramnet_version()); });
    module.def("standard_normal", &standard_normal);

    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> error;
    error.call_once_and_store_result(
        [&] { return py::exception<StatusError>(module, "StatusError", PyExc_ValueError); });
    py::register_exception_translator([](std::exception_ptr pointer) {
        try {
            if (pointer) std::rethrow_exception(pointer);
        } catch (const StatusError& problem) {
            const std::string words = problem.what();  // names from a file need not be UTF-8
            const auto text = py::reinterpret_steal<py::object>(
                PyUnicode_DecodeUTF8(words.data(), static_cast<py::ssize_t>(words.size()), "backslashreplace"));
            const py::object instance = error.get_stored()(text);
            instance.attr("status") = problem.status;
            PyErr_SetObject(error.get_stored().ptr(), instance.ptr());
        }
    });

    py::class_<Scheme> type(module, "Scheme");
    define_carried(type);
    define_derivatives(type);
    type.def(py::init<const std::string&, const py::dict&>(), py::arg("path"), py::arg("options"))
        .def("share", &Scheme::share)
        .def("bind_input", &Scheme::bind_input)
        .def("bind_output", &Scheme::bind_output)
        .def("run", &Scheme::run)
        .def("enqueue", &Scheme::enqueue)
        .def("flush", &Scheme::flush)
        .def("predict", &Scheme::predict)
        .def("add_fixer", &Scheme::add_fixer)
        .def("set_ramp", &Scheme::set_ramp)
        .def("set_comparison", &Scheme::set_comparison)
        .def("comparison", &Scheme::comparison)
        .def("declare_grid", &Scheme::declare_grid)
        .def("declare_heights", &Scheme::declare_heights)
        .def("check_pressure", &Scheme::check_pressure)
        .def("check_constant", &Scheme::check_constant)
        .def("output_limits", &Scheme::output_limits)
        .def("counters", &Scheme::counters)
        .def("inputs", [](const Scheme& scheme) { return scheme.variables(PARAMNET_INPUT); })
        .def("outputs", [](const Scheme& scheme) { return scheme.variables(PARAMNET_OUTPUT); })
        .def("manifest", &Scheme::manifest)
        .def("describe", &Scheme::describe);
}

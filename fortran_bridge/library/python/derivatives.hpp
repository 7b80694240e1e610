// Tangent and adjoint of a scheme, for numpy arrays that the caller keeps alive.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>

#include "arrays.hpp"
#include "paramnet.h"

// For arrays that are read and written: adjoint adds to the inputs' perturbations.
inline paramnet_array described_for_both(const std::string& name, const pybind11::array& array, const std::string& layout,
                                         std::int32_t options) {
    if (!array.writeable())
        throw StatusError(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = name, .expected = "a writeable array", .got = "a read-only one"});
    return described(name, array, layout, options);
}

template <typename Type>
void define_derivatives(pybind11::class_<Type>& type) {
    using Text = const std::string&;
    using Unlocked = pybind11::call_guard<pybind11::gil_scoped_release>;
    type.def("bind_input_perturbation",
             [](const Type& self, Text name, Text units, const pybind11::array& array, Text layout, std::int32_t options) {
                 const paramnet_array description = described_for_both(name, array, layout, options);
                 check(paramnet_bind_input_perturbation(self.handle(), name.c_str(), units.c_str(), &description));
             })
        .def("bind_output_perturbation",
             [](const Type& self, Text name, Text units, const pybind11::array& array, Text layout, std::int32_t options) {
                 const paramnet_array description = described_for_both(name, array, layout, options);
                 check(paramnet_bind_output_perturbation(self.handle(), name.c_str(), units.c_str(), &description));
             })
        .def("linearize",
             [](const Type& self, std::int64_t ncol, std::int32_t kind) { check(paramnet_linearize(self.handle(), ncol, kind)); },
             Unlocked())
        .def("tangent", [](const Type& self, std::int64_t ncol) { check(paramnet_tangent(self.handle(), ncol)); }, Unlocked())
        .def("adjoint", [](const Type& self, std::int64_t ncol) { check(paramnet_adjoint(self.handle(), ncol)); }, Unlocked())
        .def("difference", [](const Type& self, std::int64_t ncol) { check(paramnet_difference(self.handle(), ncol)); }, Unlocked());
}

// State and random numbers of a scheme, for numpy.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>

#include "arrays.hpp"
#include "paramnet.h"

using Integers = pybind11::array_t<std::int64_t, pybind11::array::c_style | pybind11::array::forcecast>;
using Floats = pybind11::array_t<float, pybind11::array::c_style | pybind11::array::forcecast>;

inline std::int64_t number_from(std::int32_t (*query)(const paramnet_scheme*, std::int64_t*), const paramnet_scheme* scheme) {
    std::int64_t number = 0;
    check(query(scheme, &number));
    return number;
}

// (draws, columns)
inline Floats standard_normal(std::int64_t seed, std::int64_t member, std::int64_t step, const Integers& columns, std::int64_t draws) {
    Floats numbers({std::max<pybind11::ssize_t>(draws, 0), columns.size()});
    check(paramnet_standard_normal(seed, member, step, columns.size(), columns.data(), draws, numbers.mutable_data()));
    return numbers;
}

// The state is (state_size, columns).
template <typename Type>
void define_carried(pybind11::class_<Type>& type) {
    type.def("bind_columns", [](const Type& self, const Integers& numbers) {
            check(paramnet_bind_columns(self.handle(), numbers.size(), numbers.data()));
        })
        .def("set_step", [](const Type& self, std::int64_t step) { check(paramnet_set_step(self.handle(), step)); })
        .def("set_noise", [](const Type& self, std::int64_t seed, std::int64_t member) {
            check(paramnet_set_noise(self.handle(), seed, member));
        })
        .def("set_stochastic", [](const Type& self, bool on) { check(paramnet_set_stochastic(self.handle(), on)); })
        .def("state_size", [](const Type& self) { return number_from(paramnet_state_size, self.handle()); })
        .def("random_numbers", [](const Type& self) { return number_from(paramnet_random_numbers, self.handle()); })
        .def("start_state", [](const Type& self) { check(paramnet_start_state(self.handle())); })
        .def("set_state", [](const Type& self, const Floats& state) {
            check(paramnet_set_state(self.handle(), state.size(), state.data()));
        })
        .def("get_state", [](const Type& self, pybind11::ssize_t columns) {
            Floats state({static_cast<pybind11::ssize_t>(number_from(paramnet_state_size, self.handle())), columns});
            check(paramnet_get_state(self.handle(), state.size(), state.mutable_data()));
            return state;
        });
}

// Derivatives of a native program.
#pragma once

#include <memory>

#include "backends/backend.hpp"
#include "backends/native/derivative/layout.hpp"

namespace paramnet::native {

// precision: of coefficients and perturbations, float32 or float64; the linearization is in float64.
std::unique_ptr<Derivative> make_derivative(std::shared_ptr<const Layout> layout, Precision precision);

}  // namespace paramnet::native

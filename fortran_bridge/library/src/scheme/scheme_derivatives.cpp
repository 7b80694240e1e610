// A handle's derivative: the arrays of perturbations, and the walks over its columns.
#include <mutex>
#include <shared_mutex>

#include "scheme/scheme.hpp"

namespace paramnet {

void Scheme::bind_input_perturbation(const std::string& name, const std::string& units, const paramnet_array& array) {
    const std::unique_lock lock(mutex_);
    bindings_.bind_input_perturbation(name, units, array);
}

void Scheme::bind_output_perturbation(const std::string& name, const std::string& units, const paramnet_array& array) {
    const std::unique_lock lock(mutex_);
    bindings_.bind_output_perturbation(name, units, array);
}

void Scheme::linearize(std::int64_t columns, Precision precision) {
    const std::shared_lock lock(mutex_);
    require_columns_of("linearize", 0, columns);
    bindings_.require_inputs(columns);
    model_->require_differentiable();
    model_->require_grid();
    Segment segment{bindings_.inputs(), {}, {}, 0, columns};
    if (manifest().carries()) {
        carried_.begin(model_->noise().step, 0, columns);
        segment.carried = &carried_;
    }
    if (columns > 0 && bindings_.inputs_are_new()) model_->require_plausible_inputs(bindings_.inputs(), 0, columns);
    linearization_.linearize(segment, model_->treatment(), precision);
}

void Scheme::tangent(std::int64_t columns) {
    const std::shared_lock lock(mutex_);
    require_columns_of("tangent", 0, columns);
    bindings_.require_perturbations(columns);
    linearization_.tangent(bindings_.input_perturbations(), bindings_.output_perturbations(), columns);
}

void Scheme::difference(std::int64_t columns) {
    const std::shared_lock lock(mutex_);
    require_columns_of("difference", 0, columns);
    bindings_.require_perturbations(columns);
    linearization_.difference(bindings_.input_perturbations(), bindings_.output_perturbations(), columns);
}

void Scheme::adjoint(std::int64_t columns) {
    const std::shared_lock lock(mutex_);
    require_columns_of("adjoint", 0, columns);
    bindings_.require_perturbations(columns);
    linearization_.adjoint(bindings_.input_perturbations(), bindings_.output_perturbations(), columns);
}

}  // namespace paramnet

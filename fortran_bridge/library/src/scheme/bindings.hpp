// The host's arrays: bound by name, checked once, then read and written in place.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "artefact/manifest.hpp"
#include "paramnet.h"
#include "scheme/field.hpp"

namespace paramnet {

// Names that a host may bind in addition to the contract's.
constexpr const char* thickness_name = "pressure_thickness";  // input, Pa: the weight behind W m-2 <-> K s-1

// Throws Error(INVALID_ARGUMENT) unless address, kind, options and extents are valid; `what` names the array.
void require_array(const std::string& what, const paramnet_array& array);

// The array's elements as a field of `rows` rows from `row` on, levels top first, in the units of the array.
Field make_field(const paramnet_array& array, std::int64_t row);

class Bindings {
public:
    explicit Bindings(const Manifest& manifest);  // kept by reference
    Bindings(const Bindings&) = delete;
    Bindings& operator=(const Bindings&) = delete;

    // Throw Error(CONTRACT_MISMATCH or INVALID_ARGUMENT) naming the variable, expected and got.
    void bind_input(const std::string& name, const std::string& units, const paramnet_array& array);
    void bind_output(const std::string& name, const std::string& units, const paramnet_array& array);

    // Arrays of the derivative: the host's numbers are perturbations, without the shift of a unit.
    void bind_input_perturbation(const std::string& name, const std::string& units, const paramnet_array& array);
    void bind_output_perturbation(const std::string& name, const std::string& units, const paramnet_array& array);

    // As require_columns, of what linearize and of what tangent and adjoint need: every input; a perturbation of each side.
    void require_inputs(std::int64_t columns) const;
    void require_perturbations(std::int64_t columns) const;

    // Throws Error(UNBOUND) listing what is missing, or Error(INVALID_ARGUMENT) when an array ends before column
    // first + columns.
    void require_columns(std::int64_t first, std::int64_t columns) const;

    std::span<const Field> inputs() const { return inputs_.fields; }
    std::span<const Field> outputs() const { return outputs_.fields; }
    std::span<const Field> corrections() const { return corrections_.fields; }
    std::span<const Field> input_perturbations() const { return input_perturbations_.fields; }
    std::span<const Field> output_perturbations() const { return output_perturbations_.fields; }

    // Arrays that are new, or have other units, kind or strides, since the last check (see plausibility.hpp).
    bool inputs_are_new() const { return inputs_.fresh.load(); }
    bool outputs_are_new() const { return outputs_.fresh.load(); }
    void inputs_were_seen() const { inputs_.fresh.store(false); }
    void outputs_were_seen() const { outputs_.fresh.store(false); }

    // Return true if the arrays are in a device's memory.  Throws Error(INVALID_ARGUMENT) where only some are.
    bool on_device() const;

private:
    // One field per variable, data null until it is bound, and its number of columns.
    struct Side {
        Side(const char* direction_, const std::vector<Variable>& variables_)
            : direction(direction_), variables(variables_), fields(variables_.size()), columns(variables_.size(), 0) {}

        const char* direction;
        const std::vector<Variable>& variables;
        std::vector<Field> fields;
        std::vector<std::int64_t> columns;
        mutable std::atomic<bool> fresh{true};  // several threads may be the first to run
    };

    Field& bind(Side& side, const std::string& name, const std::string& units, const paramnet_array& array);
    void require_bound(const Side& side) const;
    void require_thickness(const Side& side) const;
    void require_extent(const Side& side, std::int64_t first, std::int64_t columns) const;

    const Manifest& manifest_;
    std::vector<Variable> thickness_variable_, correction_variables_;
    Side inputs_, outputs_, thickness_, corrections_, input_perturbations_, output_perturbations_;
};

}  // namespace paramnet

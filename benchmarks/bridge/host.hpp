// A host's arrays bound to a scheme through the C interface: (column, level), columns contiguous, as in Fortran.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <numeric>
#include <string>
#include <vector>

#include "paramnet.h"

namespace bench {

inline void require(int status) {
    if (status == PARAMNET_OK) return;
    std::fprintf(stderr, "bench: %s\n", paramnet_last_error());
    std::exit(1);
}

struct Wish {
    const char* backend = "native";
    const char* precision = "float32";
    int threads = 1;
};

inline void load_once(const std::string& path) {
    paramnet_scheme* scheme = nullptr;
    require(paramnet_load(path.c_str(), nullptr, &scheme));
    require(paramnet_free(scheme));
}

template <typename Real>
class Host {
public:
    Host(const std::string& path, std::int64_t columns, Wish wish) : columns_(columns) {
        paramnet_options options;
        require(paramnet_options_init(&options));
        options.backend = wish.backend;
        options.precision = wish.precision;
        options.threads = wish.threads;
        options.strict = 0;
        require(paramnet_load(path.c_str(), &options, &scheme_));
        bind(PARAMNET_INPUT, paramnet_bind_input);
        bind(PARAMNET_OUTPUT, paramnet_bind_output);
        flags_.resize(static_cast<std::size_t>(columns));
        std::vector<std::int64_t> numbers(static_cast<std::size_t>(columns));
        std::iota(numbers.begin(), numbers.end(), 0);
        require(paramnet_bind_columns(scheme_, columns, numbers.data()));
        require(paramnet_start_state(scheme_));
    }
    ~Host() { paramnet_free(scheme_); }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // Perturbations of every variable, and the derivative at the inputs in the precision of the arrays.
    void bind_perturbations() {
        bind(PARAMNET_INPUT, paramnet_bind_input_perturbation);
        bind(PARAMNET_OUTPUT, paramnet_bind_output_perturbation);
        linearize();
    }

    void linearize() { require(paramnet_linearize(scheme_, columns_, kind)); }
    void tangent() { require(paramnet_tangent(scheme_, columns_)); }
    void adjoint() { require(paramnet_adjoint(scheme_, columns_)); }

    void run() { require(paramnet_run(scheme_, columns_, flags_.data())); }

    void step() {
        require(paramnet_set_step(scheme_, ++step_));
        run();
    }

private:
    static constexpr std::int32_t kind = sizeof(Real) == 4 ? PARAMNET_REAL32 : PARAMNET_REAL64;

    template <typename Bind>
    void bind(int direction, Bind bind_one) {
        std::int64_t count = 0;
        require(paramnet_variable_count(scheme_, direction, &count));
        for (std::int64_t index = 0; index < count; ++index) {
            paramnet_variable variable;
            require(paramnet_variable_info(scheme_, direction, index, &variable));
            auto& numbers = arrays_.emplace_back(static_cast<std::size_t>(columns_ * variable.levels));
            for (std::size_t position = 0; position < numbers.size(); ++position)
                numbers[position] = static_cast<Real>(std::sin(static_cast<double>(position) * 0.7));
            const paramnet_array array{numbers.data(), columns_, variable.levels, 1, columns_, kind, 0};
            require(bind_one(scheme_, variable.name, variable.units, &array));
        }
    }

    std::int64_t columns_, step_ = 0;
    paramnet_scheme* scheme_ = nullptr;
    std::list<std::vector<Real>> arrays_;
    std::vector<std::int32_t> flags_;
};

}  // namespace bench

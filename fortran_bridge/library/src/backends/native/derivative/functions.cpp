#include "backends/native/derivative/functions.hpp"

namespace paramnet::native {
namespace {

constexpr double root_of_two_over_pi = 0.79788456080286535588, gelu_cubic = 0.044715;

struct Row {
    const ElementKernels<double>& kernels;
    const double* x;
    double* out;
    double* slope;
    std::int64_t columns;

    void evaluate(Unary op, const double* from, double* to) const {
        Function function;
        function.op = op;
        kernels.unary(function, {from, columns}, {to, columns}, {1, columns});
    }

    // slope = what `of` returns for x, out and the number in slope.
    template <typename Of>
    void slopes(Of of) const {
        for (std::int64_t column = 0; column < columns; ++column) slope[column] = of(x[column], out[column], slope[column]);
    }
};

void silu(const Row& row) {
    row.evaluate(Unary::sigmoid, row.x, row.slope);
    row.slopes([](double, double out, double sigmoid) { return sigmoid + out * (1.0 - sigmoid); });
}

// x times the normal distribution's integral P; its slope is P + x times the density.
void gelu(const Row& row) {
    row.slopes([](double x, double, double) { return -0.5 * x * x; });
    row.evaluate(Unary::exp, row.slope, row.slope);
    row.slopes([](double x, double out, double decayed) {
        return (x == 0.0 ? 0.5 : out / x) + x * (0.5 * root_of_two_over_pi) * decayed;
    });
}

void gelu_tanh(const Row& row) {
    row.slopes([](double x, double, double) { return root_of_two_over_pi * (x + gelu_cubic * x * x * x); });
    row.evaluate(Unary::tanh, row.slope, row.slope);
    row.slopes([](double x, double, double t) {
        return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * root_of_two_over_pi * (1.0 + 3.0 * gelu_cubic * x * x);
    });
}

}  // namespace

void linearize_function(const Function& function, const ElementKernels<double>& kernels, const double* x, double* out, double* slope,
                        std::int64_t columns) {
    kernels.unary(function, {x, columns}, {out, columns}, {1, columns});
    const Row row{kernels, x, out, slope, columns};
    switch (function.op) {
        case Unary::negate: return row.slopes([](double, double, double) { return -1.0; });
        case Unary::absolute: return row.slopes([](double in, double, double) { return in < 0.0 ? -1.0 : in > 0.0 ? 1.0 : 0.0; });
        case Unary::sign: return row.slopes([](double, double, double) { return 0.0; });
        case Unary::exp: return row.slopes([](double, double y, double) { return y; });
        case Unary::expm1: return row.slopes([](double, double y, double) { return y + 1.0; });
        case Unary::log: return row.slopes([](double in, double, double) { return 1.0 / in; });
        case Unary::log1p: return row.slopes([](double in, double, double) { return 1.0 / (1.0 + in); });
        case Unary::sqrt: return row.slopes([](double, double y, double) { return 0.5 / y; });
        case Unary::tanh: return row.slopes([](double, double y, double) { return 1.0 - y * y; });
        case Unary::sigmoid: return row.slopes([](double, double y, double) { return y * (1.0 - y); });
        case Unary::relu: return row.slopes([](double in, double, double) { return in > 0.0 ? 1.0 : 0.0; });
        case Unary::silu: return silu(row);
        case Unary::gelu: return gelu(row);
        case Unary::gelu_tanh: return gelu_tanh(row);
        case Unary::leaky_relu:
            return row.slopes([&](double in, double, double) { return in > 0.0 ? 1.0 : function.slope; });
        case Unary::clamp:
            return row.slopes([&](double in, double, double) {
                return (function.has_lower && in < function.lower) || (function.has_upper && in > function.upper) ? 0.0 : 1.0;
            });
        case Unary::sin: return row.evaluate(Unary::cos, x, slope);
        case Unary::cos:
            row.evaluate(Unary::sin, x, slope);
            return row.slopes([](double, double, double sine) { return -sine; });
        case Unary::identity: return row.slopes([](double, double, double) { return 1.0; });
    }
}

}  // namespace paramnet::native

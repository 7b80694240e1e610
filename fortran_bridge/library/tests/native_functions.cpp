// Every function of the native kernel against long double: error in units in the last place, results for zeros,
// infinities and NaN, and the same bits for a number in every lane.
#include <cmath>
#include <cstring>
#include <limits>

#include "native_support.hpp"

namespace {

using namespace native_test;
using namespace paramnet::native;

struct Case {
    const char* name;
    Unary op;
    long double (*exact)(long double);
    double lowest, highest;
    double units;       // tolerated, float64 and float32
    bool of_argument;   // units of the argument's size: for functions with cancellation
};

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double gelu(long double x) { return x * 0.5L * std::erfc(-x / std::sqrt(2.0L)); }
long double gelu_tanh(long double x) {
    const long double inner = std::sqrt(2.0L / 3.14159265358979323846264338327950288L) * (x + 0.044715L * x * x * x);
    return x * sigmoid(2 * inner);
}

const Case cases[] = {
    {"exp", Unary::exp, [](long double x) { return std::exp(x); }, -80, 85, 1.5, false},
    {"expm1", Unary::expm1, [](long double x) { return std::expm1(x); }, -45, 60, 2, false},
    {"expm1 near zero", Unary::expm1, [](long double x) { return std::expm1(x); }, -1.2, 1.2, 2.3, false},
    {"log", Unary::log, [](long double x) { return std::log(x); }, 1e-30, 3, 1.5, false},
    {"log of large", Unary::log, [](long double x) { return std::log(x); }, 1, 1e30, 1.5, false},
    {"log1p", Unary::log1p, [](long double x) { return std::log1p(x); }, -0.99, 3, 2, false},
    {"log1p near zero", Unary::log1p, [](long double x) { return std::log1p(x); }, -1e-3, 1e-3, 2, false},
    {"sqrt", Unary::sqrt, [](long double x) { return std::sqrt(x); }, 0, 1e9, 0.51, false},
    {"sin", Unary::sin, [](long double x) { return std::sin(x); }, -30, 30, 1.5, false},
    {"cos of large", Unary::cos, [](long double x) { return std::cos(x); }, -3e6, 3e6, 2, false},
    {"tanh", Unary::tanh, [](long double x) { return std::tanh(x); }, -12, 12, 2.5, false},
    {"tanh near zero", Unary::tanh, [](long double x) { return std::tanh(x); }, -0.6, 0.6, 2.5, false},
    {"sigmoid", Unary::sigmoid, sigmoid, -60, 60, 2.5, false},
    {"silu", Unary::silu, [](long double x) { return x * sigmoid(x); }, -60, 60, 3, false},
    {"gelu", Unary::gelu, gelu, -12, 12, 1.5, true},
    {"gelu_tanh", Unary::gelu_tanh, gelu_tanh, -12, 12, 2.5, true},
};

template <typename Real>
const ElementKernels<Real>& kernels_of(const Kernels& kernels) {
    if constexpr (sizeof(Real) == 4) return kernels.float32;
    else return kernels.float64;
}

// Spacing of the numbers of type Real around `size`.
template <typename Real>
long double unit(long double size) {
    const long double least = std::numeric_limits<Real>::min();
    return std::ldexp(1.0L, std::ilogb(std::max(std::fabs(size), least)) + 1 - std::numeric_limits<Real>::digits);
}

template <typename Real>
void accuracy(const Kernels& kernels, const Case& function) {
    const Array<Real> in(1 << 15), out(1 << 15);
    in.fill(uniform(function.lowest, function.highest));
    Function what;
    what.op = function.op;
    kernels_of<Real>(kernels).unary(what, {in.data(), 0}, {out.data(), 0}, {1, in.size()});
    long double worst = 0;
    Real where = 0;
    for (std::int64_t index = 0; index < in.size(); ++index) {
        const auto x = static_cast<long double>(in[index]);
        const long double exact = function.exact(x);
        const long double off = std::fabs(static_cast<long double>(out[index]) - exact) /
                                unit<Real>(function.of_argument ? x : exact);
        if (!(off <= worst)) worst = off, where = in[index];
    }
    // Without fused multiply-adds the sums of polynomials have one more rounding.
    const double tolerated = function.units + (std::strcmp(kernels.name, "portable") == 0 ? 1.0 : 0.0);
    const std::string words = std::string(kernels.name) + " " + function.name + (sizeof(Real) == 4 ? " float32" : " float64") +
                              ": " + std::to_string(static_cast<double>(worst)) + " units at " + std::to_string(where);
    std::printf("%s\n", words.c_str());
    check(worst <= tolerated, words + ", tolerated " + std::to_string(tolerated));
}

template <typename Real>
bool same(Real a, Real b) {
    return std::memcmp(&a, &b, sizeof(Real)) == 0 || (std::isnan(a) && std::isnan(b));
}

// x^y for signs, sizes and special numbers, against powl.
template <typename Real>
void power(const Kernels& kernels) {
    const Real infinity = std::numeric_limits<Real>::infinity(), nan = std::numeric_limits<Real>::quiet_NaN();
    std::vector<std::pair<Real, Real>> pairs;
    const Real special[] = {0, -Real(0), 1, -1, 2, -2, 3, -3, Real(0.5), Real(-0.5), Real(2.5), infinity, -infinity, nan};
    for (const Real x : special)
        for (const Real y : special) pairs.emplace_back(x, y);
    const double most = sizeof(Real) == 4 ? 85 : 700;
    auto base = uniform(0.01, 40), size = uniform(-most, most);
    while (pairs.size() % 16 != 0 || pairs.size() < 4096) {
        const Real x = static_cast<Real>(base());
        pairs.emplace_back(x, static_cast<Real>(size() / std::log(static_cast<double>(x))));
    }
    const auto count = static_cast<std::int64_t>(pairs.size());
    const Array<Real> x(count), y(count), out(count);
    for (std::int64_t index = 0; index < count; ++index) {
        x[index] = pairs[static_cast<std::size_t>(index)].first;
        y[index] = pairs[static_cast<std::size_t>(index)].second;
    }
    kernels_of<Real>(kernels).binary(Binary::power, {x.data(), 0, false}, {y.data(), 0, false}, {out.data(), 0}, {1, count});
    long double worst = 0;
    for (std::int64_t index = 0; index < count; ++index) {
        const long double exact = std::pow(static_cast<long double>(x[index]), static_cast<long double>(y[index]));
        const std::string words = std::string(kernels.name) + " pow(" + std::to_string(x[index]) + ", " +
                                  std::to_string(y[index]) + ") = " + std::to_string(out[index]);
        if (!std::isfinite(exact) || exact == 0)
            check(same(out[index], static_cast<Real>(exact)), words);
        else
            worst = std::max(worst, std::fabs(static_cast<long double>(out[index]) - exact) / unit<Real>(exact));
    }
    std::printf("%s pow: %.2f units\n", kernels.name, static_cast<double>(worst));
    check(worst <= 2, std::string(kernels.name) + " pow: " + std::to_string(static_cast<double>(worst)) + " units");
}

struct Special {
    Unary op;
    double x, expected;
};

template <typename Real>
void special_numbers(const Kernels& kernels) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const Special table[] = {
        {Unary::exp, infinity, infinity},   {Unary::exp, -infinity, 0},         {Unary::exp, 1e4, infinity},
        {Unary::exp, -1e4, 0},              {Unary::expm1, infinity, infinity}, {Unary::expm1, -infinity, -1},
        {Unary::log, 0, -infinity},         {Unary::log, -1, nan},              {Unary::log, infinity, infinity},
        {Unary::log1p, -1, -infinity},      {Unary::log1p, -2, nan},            {Unary::log1p, infinity, infinity},
        {Unary::log1p, -0.0, -0.0},         {Unary::sqrt, -1, nan},             {Unary::tanh, infinity, 1},
        {Unary::tanh, -infinity, -1},       {Unary::tanh, -0.0, -0.0},          {Unary::sigmoid, infinity, 1},
        {Unary::sigmoid, -infinity, 0},     {Unary::sign, -3, -1},              {Unary::sign, 0, 0},
        {Unary::sign, 7, 1},                {Unary::absolute, -5, 5},           {Unary::negate, 2, -2},
        {Unary::relu, -infinity, 0},        {Unary::relu, 3, 3},                {Unary::leaky_relu, -2, -0.5},
        {Unary::clamp, -9, -1},             {Unary::clamp, 9, 2},               {Unary::clamp, 0.5, 0.5},
    };
    const Array<Real> in(16), out(16);
    const auto apply = [&](Unary op, double x) {
        in.fill([=] { return x; });
        Function what;
        what.op = op;
        what.slope = 0.25;
        what.lower = -1, what.upper = 2;
        what.has_lower = what.has_upper = true;
        kernels_of<Real>(kernels).unary(what, {in.data(), 0}, {out.data(), 0}, {1, 16});
        return out[15];
    };
    for (const Special& entry : table) {
        const Real got = apply(entry.op, entry.x);
        check(same(got, static_cast<Real>(entry.expected)),
              std::string(kernels.name) + ": function " + std::to_string(static_cast<int>(entry.op)) + " of " +
                  std::to_string(entry.x) + ": expected " + std::to_string(entry.expected) + ", got " + std::to_string(got));
    }
    for (int op = 0; op <= static_cast<int>(Unary::identity); ++op)
        check(std::isnan(apply(static_cast<Unary>(op), nan)), std::string(kernels.name) + ": NaN stays NaN in function " + std::to_string(op));
}

// One number among others, in each of 16 places.
template <typename Real>
void same_bits_in_every_lane(const Kernels& kernels) {
    const Array<Real> in(16), out(16);
    for (int op = 0; op <= static_cast<int>(Unary::identity); ++op) {
        Function what;
        what.op = static_cast<Unary>(op);
        auto number = uniform(0.1, 3), other = uniform(-30, 30, 2);
        for (int round = 0; round < 20; ++round) {
            const Real x = static_cast<Real>(number());
            Real first = 0;
            for (std::int64_t lane = 0; lane < 16; ++lane) {
                in.fill(other);
                in[lane] = x;
                kernels_of<Real>(kernels).unary(what, {in.data(), 0}, {out.data(), 0}, {1, 16});
                if (lane == 0) first = out[0];
                check(same(first, out[lane]), std::string(kernels.name) + ": other bits in lane " + std::to_string(lane));
            }
        }
    }
}

template <typename Real>
void all(const Kernels& kernels) {
    for (const Case& function : cases) accuracy<Real>(kernels, function);
    power<Real>(kernels);
    special_numbers<Real>(kernels);
    same_bits_in_every_lane<Real>(kernels);
}

}  // namespace

int main() {
    for (const Kernels* kernels : all_kernels()) {
        all<float>(*kernels);
        all<double>(*kernels);
    }
    return report("native_functions");
}

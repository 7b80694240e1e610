// The C ABI: physical laws on a host's own arrays, (column, level) in float64, columns contiguous.
#include "capi/support.hpp"
#include "scheme/laws.hpp"

using paramnet::guarded;
using paramnet::Profile;
using paramnet::required;

namespace {

// `correct` for each column; the arrays must have an address, but where there are no columns.
template <typename Correct>
std::int32_t each_column(std::int64_t ncol, std::initializer_list<const double*> arrays, const Correct& correct) {
    return guarded([&] {
        for (std::int64_t column = 0; column < ncol; ++column) {
            for (const double* array : arrays) required(array, "array");
            correct(column);
        }
    });
}

// The levels of one column as a function.
auto levels_of(const double* array, std::int64_t column, std::int64_t ncol) {
    return [first = array + column, ncol](std::int64_t level) { return first[level * ncol]; };
}

}  // namespace

std::int32_t paramnet_limit_range(std::int64_t ncol, std::int64_t levels, const double* lower, const double* upper,
                                  double* values) {
    return each_column(ncol, {lower, upper, values}, [&](std::int64_t column) {
        const Profile<double> value{values + column, ncol};
        for (std::int64_t k = 0; k < levels; ++k) value[k] = std::min(std::max(value[k], lower[k]), upper[k]);
    });
}

std::int32_t paramnet_non_negative_water(std::int64_t ncol, std::int64_t levels, double interval, const double* mass,
                                         const double* water, double* tendency) {
    return each_column(ncol, {water, tendency}, [&](std::int64_t column) {
        const Profile<double> target{tendency + column, ncol};
        const auto state = levels_of(water, column, ncol);
        if (mass != nullptr)
            paramnet::fill_from_column(levels, interval, state, levels_of(mass, column, ncol), target, Profile<double>{}, 0.0);
        else
            paramnet::fill_from_outside(levels, interval, state, target);
    });
}

std::int32_t paramnet_column_water_closure(std::int64_t ncol, std::int64_t levels, double interval, const double* mass,
                                           const double* water, double* tendency, double* sink, double* residual) {
    return each_column(ncol, {mass, water, tendency, sink, residual}, [&](std::int64_t column) {
        residual[column] =
            paramnet::close_water(levels, interval, levels_of(water, column, ncol), levels_of(mass, column, ncol),
                                  Profile<double>{tendency + column, ncol}, Profile<double>{sink + column, ncol});
    });
}

#include "scheme/comparison.hpp"

#include <algorithm>
#include <cmath>

namespace paramnet {

Comparison::Comparison(std::int64_t width) : rows_(static_cast<std::size_t>(width)) {}

template <typename Real>
void Comparison::add(const Field& output, std::int64_t first, std::int64_t columns, std::int64_t stride,
                     const Real* rows, const std::int32_t* flags, std::int32_t skip) {
    for (std::int64_t level = 0; level < output.rows; ++level) {
        const Real* values = rows + (output.row + level) * stride;
        Sums& sums = rows_[static_cast<std::size_t>(output.row + level)];
        for (std::int64_t column = 0; column < columns; ++column) {
            if ((flags[column] & skip) != 0) continue;
            const double difference = static_cast<double>(values[column]) - element(output, first + column, level);
            if (!std::isfinite(difference)) continue;
            sums.columns += 1;
            sums.difference += difference;
            sums.squares += difference * difference;
            sums.largest = std::max(sums.largest, std::abs(difference));
        }
    }
}

void Comparison::add(const Comparison& other) {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        rows_[row].columns += other.rows_[row].columns;
        rows_[row].difference += other.rows_[row].difference;
        rows_[row].squares += other.rows_[row].squares;
        rows_[row].largest = std::max(rows_[row].largest, other.rows_[row].largest);
    }
}

void Comparison::clear() { std::fill(rows_.begin(), rows_.end(), Sums{}); }

template void Comparison::add<float>(const Field&, std::int64_t, std::int64_t, std::int64_t, const float*,
                                     const std::int32_t*, std::int32_t);
template void Comparison::add<double>(const Field&, std::int64_t, std::int64_t, std::int64_t, const double*,
                                      const std::int32_t*, std::int32_t);

}  // namespace paramnet

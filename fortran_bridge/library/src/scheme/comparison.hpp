// Comparison of the network with the host's own scheme: sums by output row, for runs that do not apply the network.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheme/field.hpp"

namespace paramnet {

class Comparison {
public:
    explicit Comparison(std::int64_t width);

    struct Sums {
        std::int64_t columns = 0;
        double difference = 0.0, squares = 0.0, largest = 0.0;  // of network minus host, contract units
    };

    // Adds the columns whose flags hold no bit of `skip` and in which the host's value is finite.
    template <typename Real>
    void add(const Field& output, std::int64_t first, std::int64_t columns, std::int64_t stride, const Real* rows,
             const std::int32_t* flags, std::int32_t skip);
    void add(const Comparison& other);
    void clear();

    const Sums& row(std::int64_t row) const { return rows_[static_cast<std::size_t>(row)]; }

private:
    std::vector<Sums> rows_;
};

}  // namespace paramnet

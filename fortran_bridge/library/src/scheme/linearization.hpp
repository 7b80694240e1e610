// The derivative of one handle's columns, at the values of its inputs when it was linearized.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "backends/backend.hpp"
#include "backends/native/isa.hpp"
#include "backends/native/memory.hpp"
#include "scheme/field.hpp"
#include "scheme/guard.hpp"
#include "scheme/treatment.hpp"
#include "scheme/workspace.hpp"

namespace paramnet {

// Calls wait for each other; handles do not.  Allocates where a point is larger than any before or has another precision.
class Linearization {
public:
    // All must outlive it.
    Linearization(Backend& backend, const Manifest& manifest, const Envelope& envelope, const HostOptions& options);

    // The columns of one segment that starts at the arrays' first column; its outputs are not written.  Columns that fall
    // back have no derivative, of a ramp the share of the network.  Throws what the backend throws.
    void linearize(const Segment& segment, const Treatment& treatment, Precision precision);

    // outputs = L inputs; inputs += L' outputs.  Fields without data are held fixed, or not computed.
    // Throws Error(UNBOUND) for more columns than were linearized.
    void tangent(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns);
    void adjoint(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns);

    // outputs = f(x + inputs) - f(x) at the point x, in float64 and without its frozen branches.
    void difference(std::span<const Field> inputs, std::span<const Field> outputs, std::int64_t columns);

private:
    void reserve(std::int64_t columns, Precision precision);
    void linearize_block(const Segment& segment, const Treatment& treatment, std::int64_t block);
    void set_weights(const Treatment& treatment, const double* outputs, std::int64_t first, std::int64_t count);
    void weigh(std::int64_t first, std::int64_t count) const;
    void require_point(std::int64_t columns) const;
    double* rows(const native::Memory& memory) const { return reinterpret_cast<double*>(memory.data()); }
    // Rows of the point in a block: of its inputs, then of its outputs.
    double* point(std::int64_t block) const { return rows(point_) + block * point_rows() * stride_; }
    std::int64_t point_rows() const { return manifest_.network_input_width() + manifest_.network_output_width(); }
    void read(std::span<const Field> fields, std::int64_t first, std::int64_t count) const;
    void write(std::span<const Field> fields, std::int64_t first, std::int64_t count) const;

    Backend& backend_;
    const Manifest& manifest_;
    const HostOptions& options_;
    const native::Kernels& kernels_;
    Guard<double> guard_;
    std::mutex mutex_;
    std::unique_ptr<Derivative> derivative_;
    Precision precision_ = Precision::float32;
    std::int64_t capacity_ = 0, stride_ = 0;  // columns; of a block
    std::int64_t columns_ = 0;                // of the point
    native::Memory inputs_, outputs_;         // of a block
    native::Memory point_;                    // of all blocks
    std::vector<float> random_;
    std::vector<std::int32_t> flags_;         // of a block
    std::vector<double> weights_;             // of the derivative of each column of the point
};

}  // namespace paramnet

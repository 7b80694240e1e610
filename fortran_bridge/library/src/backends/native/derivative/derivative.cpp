#include "backends/native/derivative/derivative.hpp"

#include <utility>
#include <vector>

#include "backends/native/derivative/rules.hpp"

namespace paramnet::native {
namespace {

template <typename Real>
class NativeDerivative final : public Derivative {
public:
    explicit NativeDerivative(std::shared_ptr<const Layout> layout) : layout_(std::move(layout)) {
        for (const Operation& operation : operations()) rules_.push_back(rule_of<Real>(operation.kind));
        fresh_ = std::make_unique<bool[]>(layout_->plan().program().values.size());
    }

    void reserve(std::int64_t columns) override {
        const std::int64_t most = layout_->plan().block_columns(), blocks = std::max<std::int64_t>((columns + most - 1) / most, 1);
        const std::int64_t stride = std::max(stride_multiple, padded((columns + blocks - 1) / blocks));
        const auto size = [=](std::int64_t rows, std::size_t bytes) { return static_cast<std::size_t>(rows * stride) * bytes; };
        coefficients_ = Memory();
        spare_ = Memory();
        coefficients_ = Memory(static_cast<std::size_t>(blocks) * size(layout_->coefficient_rows(), sizeof(Real)));
        values_ = Memory(size(layout_->value_rows(), sizeof(double)));
        scratch_ = Memory(size(layout_->scratch_rows(), sizeof(double)));
        narrow_scratch_ = Memory(static_cast<std::size_t>(narrow_columns * layout_->widest_layer()) * sizeof(float));
        stride_ = stride;
    }

    std::int64_t block_columns() const override { return stride_; }

    void linearize(std::int64_t block, const double* inputs, double* outputs, std::int64_t columns) override {
        linearize(inputs, outputs, columns, [&](std::size_t position) { return coefficients(block, position); });
    }

    // Coefficients that are computed along the way go to a block of their own.
    void evaluate(const double* inputs, double* outputs, std::int64_t columns) override {
        if (spare_.data() == nullptr)
            spare_ = Memory(static_cast<std::size_t>(layout_->coefficient_rows() * stride_) * sizeof(Real));
        linearize(inputs, outputs, columns, [&](std::size_t position) {
            return reinterpret_cast<Real*>(spare_.data()) + layout_->coefficient_row(position) * stride_;
        });
    }

    void tangent(std::int64_t block, const double* inputs, double* outputs, std::int64_t columns) override {
        const Frame<Real> frame = this->frame<Real>(columns);
        copy_rows(frame, inputs, frame.row(first()), frame.rows(first()));
        for (std::size_t position = 1; position + 1 < operations().size(); ++position)
            rules_[position].tangent(frame, {operations()[position], position}, coefficients(block, position));
        copy_rows(frame, frame.row(last()), outputs, frame.rows(last()));
    }

    void adjoint(std::int64_t block, double* inputs, const double* outputs, std::int64_t columns) override {
        const Frame<Real> frame = this->frame<Real>(columns);
        std::fill_n(fresh_.get(), layout_->plan().program().values.size(), true);
        copy_rows(frame, outputs, frame.sum(last()), frame.rows(last()));
        for (std::size_t position = operations().size() - 2; position > 0; --position)
            if (!fresh_[static_cast<std::size_t>(operations()[position].out)])
                rules_[position].adjoint(frame, {operations()[position], position}, coefficients(block, position));
        copy_rows(frame, frame.sum(first()), inputs, frame.rows(first()));
    }

private:
    template <typename To>
    void linearize(const double* inputs, double* outputs, std::int64_t columns, To coefficients_of) {
        const Frame<double> frame = this->frame<double>(columns);
        copy_rows(frame, inputs, frame.row(first()), frame.rows(first()));
        for (std::size_t position = 1; position + 1 < operations().size(); ++position)
            rules_[position].linearize(frame, {operations()[position], position}, coefficients_of(position));
        copy_rows(frame, frame.row(last()), outputs, frame.rows(last()));
    }

    const std::vector<Operation>& operations() const { return layout_->plan().program().operations; }
    std::int64_t first() const { return operations().front().out; }
    std::int64_t last() const { return operations().back().in[0]; }

    Real* coefficients(std::int64_t block, std::size_t position) const {
        const std::int64_t row = block * layout_->coefficient_rows() + layout_->coefficient_row(position);
        return reinterpret_cast<Real*>(coefficients_.data()) + row * stride_;
    }

    template <typename Number>
    Frame<Number> frame(std::int64_t columns) const {
        return {*layout_, reinterpret_cast<Number*>(values_.data()), reinterpret_cast<Number*>(scratch_.data()),
                narrow_scratch_.data(), fresh_.get(), stride_, columns};
    }

    template <typename Number, typename From, typename To>
    static void copy_rows(const Frame<Number>& frame, const From* from, To* to, std::int64_t rows) {
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t column = 0; column < frame.padded(); ++column)
                to[row * frame.stride + column] = static_cast<To>(from[row * frame.stride + column]);
    }

    std::shared_ptr<const Layout> layout_;
    std::vector<Rule<Real>> rules_;
    std::unique_ptr<bool[]> fresh_;
    Memory coefficients_, spare_, values_, scratch_, narrow_scratch_;
    std::int64_t stride_ = 0;
};

}  // namespace

std::unique_ptr<Derivative> make_derivative(std::shared_ptr<const Layout> layout, Precision precision) {
    if (precision == Precision::float64) return std::make_unique<NativeDerivative<double>>(std::move(layout));
    return std::make_unique<NativeDerivative<float>>(std::move(layout));
}

}  // namespace paramnet::native

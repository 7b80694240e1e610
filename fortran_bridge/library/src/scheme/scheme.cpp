#include "scheme/scheme.hpp"

#include <limits>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "common/error.hpp"

namespace paramnet {

void require_columns_of(const char* who, std::int64_t first, std::int64_t columns) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (columns < 0 || columns > most)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string(who), .expected = "ncol of 0 to " + std::to_string(most),
                     .got = std::to_string(columns)});
    if (first < 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string(who), .expected = "a first column within the arrays",
                     .got = std::to_string(first) + " columns before it"});
}

namespace {

// The array of predict as a field.
Field rows_of(const char* what, const paramnet_array& array, std::int64_t columns, std::int64_t width) {
    require_array(what, array);
    if ((array.options & (PARAMNET_ARRAY_BOTTOM_FIRST | PARAMNET_ARRAY_CONVERT | PARAMNET_ARRAY_DEVICE)) != 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string("predict: ") + what,
                     .expected = "rows in the contract's own order and units in host memory"});
    if (array.levels != width)
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = std::string("predict: ") + what, .expected = "(column, " + std::to_string(width) + ")",
                     .got = std::to_string(array.levels) + " values per column"});
    if (array.columns < columns)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = std::string("predict: ") + what, .expected = "at least " + std::to_string(columns) + " columns",
                     .got = std::to_string(array.columns)});
    return make_field(array, 0);
}

}  // namespace

Scheme::Scheme(std::shared_ptr<Model> model)
    : model_(std::move(model)),
      bindings_(model_->manifest()),
      carried_(model_->manifest()),
      linearization_(model_->make_linearization()) {}

Scheme::~Scheme() { model_->forget(*this); }

void Scheme::bind_input(const std::string& name, const std::string& units, const paramnet_array& array) {
    if ((array.options & PARAMNET_ARRAY_DEVICE) != 0) model_->require_device();
    const std::unique_lock lock(mutex_);
    bindings_.bind_input(name, units, array);
}

void Scheme::bind_output(const std::string& name, const std::string& units, const paramnet_array& array) {
    if ((array.options & PARAMNET_ARRAY_DEVICE) != 0) model_->require_device();
    const std::unique_lock lock(mutex_);
    bindings_.bind_output(name, units, array);
}

void Scheme::bind_columns(std::span<const std::int64_t> numbers) {
    const std::unique_lock lock(mutex_);
    carried_.bind_columns(numbers);
}

void Scheme::start_state() {
    const std::unique_lock lock(mutex_);
    carried_.start();
}

void Scheme::set_state(std::span<const float> values) {
    const std::unique_lock lock(mutex_);
    carried_.set_state(values);
}

void Scheme::get_state(std::span<float> values) const {
    const std::unique_lock lock(mutex_);
    carried_.get_state(values);
}

Segment Scheme::segment(std::int64_t first, std::int64_t columns, std::int32_t* flags) {
    bindings_.require_columns(first, columns);
    if (!manifest().carries()) return {bindings_.inputs(), bindings_.outputs(), bindings_.corrections(), first, columns, 0, flags};
    carried_.begin(model_->noise().step, first, columns);
    return {bindings_.inputs(), bindings_.outputs(), bindings_.corrections(), first, columns, 0, flags, &carried_};
}

void Scheme::look(std::int64_t first, std::int64_t columns) const {
    if (columns == 0) return;
    if (bindings_.inputs_are_new()) {
        model_->require_plausible_inputs(bindings_.inputs(), first, columns);
        bindings_.inputs_were_seen();
    }
    if (model_->reads_outputs() && bindings_.outputs_are_new()) {
        model_->require_plausible_outputs(bindings_.outputs(), first, columns);
        bindings_.outputs_were_seen();
    }
}

void Scheme::run(std::int64_t first, std::int64_t columns, std::int32_t* flags) {
    const std::shared_lock lock(mutex_);
    require_columns_of("run", first, columns);
    const Segment segment = this->segment(first, columns, flags);
    model_->require_grid();
    if (bindings_.on_device()) return model_->run_on_device(segment);
    look(first, columns);
    model_->run({&segment, 1});
}

void Scheme::enqueue(std::int64_t first, std::int64_t columns, std::int32_t* flags) {
    const std::shared_lock lock(mutex_);
    require_columns_of("enqueue", first, columns);
    bindings_.require_columns(first, columns);
    model_->require_grid();
    if (bindings_.on_device())
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "enqueue", .expected = "host memory", .got = "a device's",
                     .remedy = "call run for these arrays"});
    model_->enqueue(*this, first, columns, flags);
}

void Scheme::predict(std::int64_t columns, const paramnet_array& inputs, const paramnet_array& outputs,
                     std::int32_t* flags) const {
    require_columns_of("predict", 0, columns);
    // Of a scheme with state or random numbers, either all that the network takes and gives, or neither of these.
    const bool complete = manifest().carries() && inputs.levels == manifest().network_input_width();
    const Field from = rows_of("inputs", inputs, columns, complete ? inputs.levels : manifest().input_width());
    const Field to = rows_of("outputs", outputs, columns, complete ? manifest().network_output_width() : manifest().output_width());
    const Segment segment{{&from, 1}, {&to, 1}, {}, 0, columns, 0, flags, nullptr, complete};
    model_->run({&segment, 1});
}

}  // namespace paramnet

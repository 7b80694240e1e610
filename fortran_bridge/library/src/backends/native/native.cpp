#include "backends/native/native.hpp"

#include <mutex>
#include <utility>

#include "backends/native/derivative/derivative.hpp"
#include "backends/native/worker.hpp"
#include "common/error.hpp"

namespace paramnet::native {
namespace {

class NativeBackend final : public Backend {
public:
    NativeBackend(Program program, DenseFunction bfloat16, const std::string& path)
        : kernels_(choose_kernels()),
          bfloat16_(bfloat16 != nullptr),
          plan_(std::move(program), kernels_, bfloat16_ ? bfloat16 : kernels_.dense, bfloat16_, path) {}

    std::unique_ptr<Worker> make_worker() override { return std::make_unique<NativeWorker>(plan_); }
    std::int64_t block_columns() const override { return plan_.block_columns(); }
    bool threads_outside() const override { return true; }

    std::unique_ptr<Derivative> make_derivative(Precision precision) override {
        if (bfloat16_) return Backend::make_derivative(precision);
        const std::lock_guard lock(mutex_);
        if (!layout_) layout_ = std::make_shared<const Layout>(plan_);
        return native::make_derivative(layout_, precision);
    }

    std::string describe() const override {
        return std::string("native (") + (bfloat16_ ? "avx512_bf16" : kernels_.name) + "), " +
               (bfloat16_ ? "bfloat16" : "float32");
    }

private:
    const Kernels& kernels_;
    bool bfloat16_;
    Plan plan_;
    std::mutex mutex_;  // of the layout
    std::shared_ptr<const Layout> layout_;
};

void require_width(const Members& members, const char* what, std::int64_t rows, std::int64_t expected) {
    if (rows == expected) return;
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = what,
                 .expected = std::to_string(expected) + " rows as paramnet.json says", .got = std::to_string(rows),
                 .where = members.path + ": program.json", .remedy = "write the scheme again with `paramnet export`"});
}

DenseFunction required_bfloat16(const std::string& path) {
    const DenseFunction found = bfloat16_kernel();
    if (!found)
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "precision 'bfloat16'", .expected = "a processor with AVX512_BF16", .got = "one without",
                     .where = path, .remedy = "load the scheme with precision 'float32'"});
    return found;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const Members& members, const Settings& settings) {
    if (settings.device != "cpu" && settings.device != "auto")
        throw Error(PARAMNET_STATUS_DEVICE,
                    {.what = "backend 'native'", .expected = "device 'cpu'", .got = "'" + settings.device + "'",
                     .where = members.path, .remedy = "use backend 'auto' or 'torchscript' for a GPU"});
    if (settings.precision == Precision::float64)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "backend 'native'", .expected = "precision 'float32' or 'bfloat16'", .got = "'float64'",
                     .where = members.path, .remedy = "use backend 'torchscript'"});
    Program program = parse_program(members.program, members.weights, members.path);
    const auto rows = [&](std::int64_t value) { return program.values[static_cast<std::size_t>(value)].rows; };
    require_width(members, "input", rows(program.operations.front().out), members.input_width);
    require_width(members, "output", rows(program.operations.back().in[0]), members.output_width);
    const DenseFunction bfloat16 =
        settings.precision == Precision::bfloat16 ? required_bfloat16(members.path) : nullptr;
    return std::make_unique<NativeBackend>(std::move(program), bfloat16, members.path);
}

}  // namespace paramnet::native

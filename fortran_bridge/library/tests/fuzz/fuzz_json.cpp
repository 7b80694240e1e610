// Fuzz target on the readers of JSON and of programs alone: every input reaches them, without an archive.
// The weights are always present and large enough for the seeds, so that a mutated program is also run.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "artefact/artefact.hpp"
#include "artefact/json.hpp"
#include "artefact/manifest.hpp"
#include "backends/native/native.hpp"
#include "common/error.hpp"

namespace {

using namespace paramnet;

struct Release {
    Backend* backend;
    void operator()(float* memory) const noexcept { backend->release(memory); }
};

const AlignedBytes& weights() {
    static AlignedBytes* const bytes = [] {
        auto* const made = new AlignedBytes(1 << 16);
        for (std::size_t index = 0; index < made->all().size(); ++index) made->all()[index] = static_cast<std::byte>(index % 61);
        return made;
    }();
    return *bytes;
}

void run_program(const std::string& text, std::int64_t inputs, std::int64_t outputs) {
    const std::unique_ptr<Backend> backend =
        native::make_backend({text, std::as_const(weights()).all(), "fuzz.pt", inputs, outputs}, Settings{});
    constexpr std::int64_t columns = 5, stride = padded(columns);
    const auto rows = [&](std::int64_t width) {
        const auto count = static_cast<std::size_t>(width * stride);
        auto* const memory = static_cast<float*>(backend->allocate(count * sizeof(float)));
        std::fill_n(memory, count, 0.5F);
        return std::unique_ptr<float, Release>(memory, Release{backend.get()});
    };
    const auto in = rows(inputs), out = rows(outputs);
    backend->make_worker()->evaluate(in.get(), out.get(), columns, stride);
}

template <typename Function>
void refused_or_done(Function&& function) {
    try {
        function();
    } catch (const Error&) {
        return;  // with a message
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), static_cast<std::size_t>(std::find(data, data + size, 0) - data));
    refused_or_done([&] { (void)parse_json(text, "fuzz.json").quote(); });
    refused_or_done([&] { parse_manifest(text, "fuzz.pt"); });
    refused_or_done([&] { run_program(text, 4, 3); });
    refused_or_done([&] { run_program(text, 53, 30); });
    return 0;
}

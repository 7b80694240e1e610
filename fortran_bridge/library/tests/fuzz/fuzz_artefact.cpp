// Fuzz target on all readers of an artefact: archive, manifest, program, weights; schemes that load are also run.
// The input is an archive ("PK..."), or a program, a zero byte and its weights, or the JSON of a manifest or a program.
// With PARAMNET_FUZZING, checksums and hashes are computed but not compared: they would stop all mutations.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>

#include "artefact/artefact.hpp"
#include "artefact/manifest.hpp"
#include "backends/native/native.hpp"
#include "common/error.hpp"

namespace {

using namespace paramnet;

constexpr std::int64_t most_rows = 4096;  // larger programs only take longer

struct Release {
    Backend* backend;
    void operator()(float* memory) const noexcept { backend->release(memory); }
};

void run(const native::Members& members) {
    const std::unique_ptr<Backend> backend = native::make_backend(members, Settings{});
    if (members.input_width > most_rows || members.output_width > most_rows) return;
    constexpr std::int64_t columns = 17, stride = padded(columns);
    const auto rows = [&](std::int64_t width) {
        const auto count = static_cast<std::size_t>(width * stride);
        auto* const memory = static_cast<float*>(backend->allocate(count * sizeof(float)));
        std::fill_n(memory, count, 0.5F);
        return std::unique_ptr<float, Release>(memory, Release{backend.get()});
    };
    const auto inputs = rows(members.input_width), outputs = rows(members.output_width);
    backend->make_worker()->evaluate(inputs.get(), outputs.get(), columns, stride);
}

void read_archive(std::span<const std::byte> content) {
    const Artefact artefact("fuzz.pt", content);
    const Manifest manifest = parse_manifest(artefact.text("paramnet.json"), artefact.path());
    if (artefact.has_program())
        run({artefact.text("program.json"), artefact.bytes("weights.bin"), artefact.path(), manifest.input_width(),
             manifest.output_width()});
}

// The widths of the seeds, so that mutated seeds run.
void read_program(const std::string& text, std::span<const std::byte> weights) {
    AlignedBytes aligned(weights.size());
    if (!weights.empty()) std::memcpy(aligned.all().data(), weights.data(), weights.size());
    for (const std::int64_t outputs : {3, 30}) {
        try {
            run({text, aligned.all(), "fuzz.pt", outputs == 3 ? 4 : 53, outputs});
        } catch (const Error&) {
            continue;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span content(reinterpret_cast<const std::byte*>(data), size);
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t zero = text.find('\0');
    try {
        if (text.starts_with("PK")) {
            read_archive(content);
        } else if (zero != std::string::npos) {
            read_program(text.substr(0, zero), content.subspan(zero + 1));
        } else {
            read_program(text, {});
            parse_manifest(text, "fuzz.pt");
        }
    } catch (const Error&) {
        return 0;  // refused with a message
    }
    return 0;
}

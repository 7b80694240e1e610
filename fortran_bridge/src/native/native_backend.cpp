#include "native/native.hpp"

namespace paramnet {

std::unique_ptr<Backend> make_native_backend(const Artefact& artefact, const Manifest& manifest,
                                             const Settings& settings) {
    return native::make_backend({artefact.text("program.json"), artefact.bytes("weights.bin"), artefact.path(),
                                 manifest.input_width(), manifest.output_width()},
                                settings);
}

}  // namespace paramnet

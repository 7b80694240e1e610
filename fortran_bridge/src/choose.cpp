#include "backend.hpp"
#include "error.hpp"

namespace paramnet {

std::unique_ptr<Backend> choose_backend(const Artefact& artefact, const Manifest& manifest, const Settings& settings,
                                        std::string& reason) {
    if (settings.backend != "auto" && settings.backend != "torchscript")
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    "backend: expected 'auto' or 'torchscript', got '" + settings.backend + "'");
    reason = settings.backend == "auto" ? "torchscript runs any scheme" : "asked for";
    return make_torch_backend("torchscript", artefact, manifest, settings);
}

}  // namespace paramnet

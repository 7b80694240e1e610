// The rule behind backend "auto" (README, BACKENDS): fixed by the request and the artefact's content; no timing.
#include <filesystem>
#include <string_view>
#include <system_error>

#include "artefact/package.hpp"
#include "artefact/json_reader.hpp"
#include "backends/backend.hpp"
#include "backends/torch/plugin.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace paramnet {
namespace {

struct Choice {
    std::string backend;
    std::string device;
    std::string reason;
};

void require_known(const Settings& settings) {
    const std::string_view device = settings.device;
    const bool numbered = device.starts_with("cuda:") && device.size() > 5 && device.size() <= 9 &&
                          device.find_first_not_of("0123456789", 5) == device.npos;
    if (device != "cpu" && device != "cuda" && device != "auto" && !numbered)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "device", .expected = "'cpu', 'cuda', 'cuda:N' or 'auto'",
                     .got = "'" + settings.device + "'"});
    for (const char* backend : {"auto", "native", "torchscript", "aoti"})
        if (settings.backend == backend) return;
    throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                {.what = "backend", .expected = "'auto', 'native', 'torchscript' or 'aoti'",
                 .got = "'" + settings.backend + "'"});
}

// Device "auto" must not load libtorch on a machine that has no GPU at all.
bool machine_shows_gpu() {
    std::error_code unreadable;
    for (const char* node : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd"})
        if (std::filesystem::exists(node, unreadable)) return true;
    return false;
}

std::string settled_device(const Settings& settings) {
    if (settings.device != "auto") return settings.device;
    const bool gpu = machine_shows_gpu() && torch_plugin_installed() && torch_plugin().cuda_devices() > 0;
    return gpu ? "auto" : "cpu";  // the plug-in maps local ranks to GPUs
}

std::string why_no_program(const Artefact& artefact, const Manifest& manifest) {
    const std::string where = artefact.path() + ": paramnet.json";
    const Json document = parse_json(manifest.json, where);
    const JsonReader root(document, where, "");
    if (!root.has("native")) return "its manifest does not say why";
    const JsonReader native = root.object("native");
    return native.has("reason") ? native.string("reason") : "its manifest does not say why";
}

// A package is native code: a file that anybody could have put there is not loaded unless requested.
Choice choose_without_program(const Artefact& artefact, const Manifest& manifest, const std::string& device) {
    const std::string no_program = "the artefact carries no program";
    const std::string package = package_path(artefact);
    std::error_code unreadable;
    if (!std::filesystem::exists(package + ".json", unreadable)) return {"torchscript", device, no_program};
    if (manifest.package_sha256.empty())
        return {"torchscript", device,
                no_program + ", and does not name the package next to it, which backend 'aoti' would take"};
    try {
        open_package(artefact, manifest.package_sha256, torch_plugin().libtorch);
    } catch (const Error& problem) {
        return {"torchscript", device, no_program + ", and its package does not fit: " + std::string(problem.what())};
    }
    return {"aoti", device, no_program + ", and names the package next to it, which fits"};
}

Choice choose(const Artefact& artefact, const Manifest& manifest, const Settings& settings) {
    const std::string device = settled_device(settings);
    if (settings.backend != "auto") return {settings.backend, device, "asked for"};
    if (settings.precision == Precision::bfloat16) return {"native", device, "bfloat16 is asked for"};
    if (device != "cpu") return {"torchscript", device, "a GPU is asked for"};
    if (settings.precision == Precision::float64) return {"torchscript", device, "float64 is asked for"};
    if (artefact.has_program()) return {"native", device, "the artefact carries a program"};
    return choose_without_program(artefact, manifest, device);
}

void require_possible(const Choice& choice, const Artefact& artefact, const Manifest& manifest,
                      const Settings& settings) {
    if (choice.backend == "native" && !artefact.has_program())
        throw Error(PARAMNET_STATUS_BACKEND,
                    {.what = artefact.path(), .expected = "a program for the native backend",
                     .got = "none (" + why_no_program(artefact, manifest) + ")",
                     .remedy = "use backend 'auto' or 'torchscript'"});
    if (choice.backend != "native" && settings.precision == Precision::bfloat16)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "precision", .expected = "'float32' or 'float64' with backend '" + choice.backend + "'",
                     .got = "'bfloat16'", .remedy = "use backend 'native'"});
}

std::unique_ptr<Backend> make(const std::string& backend, const Artefact& artefact, const Manifest& manifest,
                              const Settings& settings) {
    if (backend == "native") return make_native_backend(artefact, manifest, settings);
    return make_torch_backend(backend, artefact, manifest, settings);
}

}  // namespace

std::unique_ptr<Backend> choose_backend(const Artefact& artefact, const Manifest& manifest, const Settings& settings,
                                        std::string& reason) {
    require_known(settings);
    const Choice choice = choose(artefact, manifest, settings);
    require_possible(choice, artefact, manifest, settings);
    Settings settled = settings;
    settled.device = choice.device;
    std::unique_ptr<Backend> backend = make(choice.backend, artefact, manifest, settled);
    reason = choice.reason;
    log_once(artefact.path() + ": " + backend->describe() + ": " + reason);
    return backend;
}

}  // namespace paramnet

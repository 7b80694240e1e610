// Loads libparamnet_torch when a scheme first needs libtorch: a host that runs native schemes never maps it.
#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <system_error>

#include "artefact/package.hpp"
#include "backends/torch/plugin.hpp"
#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr const char* file_name = "libparamnet_torch.so";

[[noreturn]] void refuse(const std::string& path, const std::string& got, const std::string& todo) {
    throw Error(PARAMNET_STATUS_BACKEND,
                {.what = path, .expected = "the libtorch plug-in of this bridge (backends 'torchscript' and 'aoti')",
                 .got = got, .remedy = todo});
}

const TorchPlugin* load() {
    const std::string path = torch_plugin_path();
    if (!torch_plugin_installed())
        refuse(path, "no such file",
               "install the bridge with it (`paramnet bridge install PREFIX` where torch is installed, or -DPARAMNET_WITH_TORCH=ON), or "
               "use a scheme with a program for the native backend");
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* const why = ::dlerror();
        refuse(path, std::string("a library that cannot be loaded (") + (why != nullptr ? why : "no reason given") + ")",
               "put back the torch the bridge was built with, or build the bridge against the torch that is there");
    }
    void* const symbol = ::dlsym(library, torch_plugin_entry);
    if (symbol == nullptr)
        refuse(path, "a library without " + std::string(torch_plugin_entry), "install the complete bridge again");
    const TorchPlugin* const plugin = reinterpret_cast<TorchPluginEntry>(symbol)();
    if (plugin == nullptr)
        refuse(path, "a library whose " + std::string(torch_plugin_entry) + " gives nothing",
               "install the complete bridge again");
    if (plugin->version != torch_plugin_version || std::string(plugin->bridge) != PARAMNET_VERSION)
        refuse(path, "one of paramnet " + std::string(plugin->bridge) + " (interface " + std::to_string(plugin->version) +
                         ") for paramnet " PARAMNET_VERSION " (interface " + std::to_string(torch_plugin_version) + ")",
               "install libparamnet and libparamnet_torch from the same build");
    return plugin;
}

std::vector<double> trial_column(const Manifest& manifest) {
    std::vector<double> column(static_cast<std::size_t>(manifest.network_input_width()), 1.0);
    if (const auto& range = manifest.input_range)
        for (std::size_t row = 0; row < range->minimum.size(); ++row) column[row] = 0.5 * (range->minimum[row] + range->maximum[row]);
    return column;
}

}  // namespace

std::string torch_plugin_path() {
    Dl_info self{};
    static const char anchor = 0;
    if (::dladdr(&anchor, &self) == 0 || self.dli_fname == nullptr) return file_name;
    return (std::filesystem::path(self.dli_fname).parent_path() / file_name).string();
}

bool torch_plugin_installed() {
    std::error_code unreadable;
    return std::filesystem::exists(torch_plugin_path(), unreadable);
}

const TorchPlugin& torch_plugin() {
    static std::mutex mutex;
    static const TorchPlugin* plugin = nullptr;
    const std::lock_guard lock(mutex);  // a load that failed may be tried again
    if (!plugin) plugin = load();
    return *plugin;
}

std::unique_ptr<Backend> make_torch_backend(const std::string& kind, const Artefact& artefact, const Manifest& manifest,
                                            const Settings& settings) {
    TorchRequest request;
    request.kind = kind;
    request.path = artefact.path();
    request.content = artefact.content();
    request.members = artefact.members();
    request.trust = settings.trust;
    request.device = settings.device;
    request.float64 = settings.precision == Precision::float64;
    request.threads = settings.threads;
    request.input_width = manifest.network_input_width();
    request.output_width = manifest.network_output_width();
    request.trial = trial_column(manifest);
    if (kind == "aoti") request.package = open_package(artefact, manifest.package_sha256, torch_plugin().libtorch);
    return std::unique_ptr<Backend>(torch_plugin().make(request));
}

}  // namespace paramnet

// plugin_refused SCHEME.pt LIBPARAMNET FOLDER NAME=PLUGIN...: a copy of libparamnet with each PLUGIN in place of its
// own refuses torchscript, reporting what it found, and continues to run native schemes.
#include <dlfcn.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "host.hpp"

namespace {

using proof::require;
namespace fs = std::filesystem;

const std::map<std::string, const char*> expected{
    {"missing", "got no such file; install the bridge with it"},
    {"corrupt", "got a library that cannot be loaded"},
    {"foreign", "got a library without paramnet_torch_plugin; install the complete bridge again"},
    {"empty", "got a library whose paramnet_torch_plugin gives nothing; install the complete bridge again"},
    {"other_bridge", "got one of paramnet 0.0.0 (interface "},
    {"other_interface", "got one of paramnet " PARAMNET_VERSION_STRING " (interface "},
};

template <typename Function>
Function* entry(void* library, const char* name, Function*) {
    void* const found = ::dlsym(library, name);
    require(found != nullptr, name);
    return reinterpret_cast<Function*>(found);
}

void refused(const char* scheme, const fs::path& libparamnet, const fs::path& folder, const std::string& name, const std::string& plugin) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    const fs::path copy = folder / "libparamnet.so", plugin_path = folder / "libparamnet_torch.so";
    fs::copy_file(libparamnet, copy);
    if (name == "corrupt") std::ofstream(plugin_path) << "\x7f" "ELF, they say";
    if (!plugin.empty()) fs::copy_file(plugin, plugin_path);
    void* const library = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    require(library != nullptr, copy.string() + " is loaded");
    const auto load = entry(library, "paramnet_load", &paramnet_load);
    const auto last_error = entry(library, "paramnet_last_error", &paramnet_last_error);
    paramnet_options options;
    require(entry(library, "paramnet_options_init", &paramnet_options_init)(&options) == PARAMNET_OK, "options_init");
    options.backend = "torchscript";
    for (int attempt = 0; attempt < 2; ++attempt) {
        paramnet_scheme* loaded = nullptr;
        const std::int32_t status = load(scheme, &options, &loaded);
        const std::string said = last_error();
        require(status == PARAMNET_STATUS_BACKEND && loaded == nullptr, name + ": status BACKEND, got: " + said);
        require(said.starts_with(plugin_path.string()) && said.find(expected.at(name)) != std::string::npos, name + " is named, got: " + said);
    }
    options.backend = "auto";
    paramnet_scheme* native = nullptr;
    require(load(scheme, &options, &native) == PARAMNET_OK, name + ": native schemes run on");
    require(entry(library, "paramnet_free", &paramnet_free)(native) == PARAMNET_OK, "free");
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 5) return 2;
    for (int index = 4; index < count; ++index) {
        const std::string word = arguments[index];
        const std::size_t equals = word.find('=');
        require(equals != word.npos, word + " is NAME=PLUGIN");
        const std::string name = word.substr(0, equals);
        refused(arguments[1], arguments[2], fs::path(arguments[3]) / name, name, word.substr(equals + 1));
    }
    return 0;
}

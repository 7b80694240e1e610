// The interface between libparamnet and its plug-in libparamnet_torch, which alone links libtorch.  No libtorch here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.hpp"

namespace paramnet {

struct TorchRequest {
    std::string kind;                    // "torchscript" or "aoti"
    std::string path;                    // of the artefact
    std::span<const std::byte> content;  // of the artefact, verified; read while the backend is made
    std::vector<NamedBytes> members;     // the same, one by one, to be checked first
    bool trust = false;                  // load it although it could do more than compute
    std::string package;                 // aoti: the verified package, unpacked into this folder
    std::string device;
    bool float64 = false;
    int threads = 1;
    std::int64_t input_width = 0, output_width = 0;
    std::vector<double> trial;           // one plausible column of inputs
};

struct TorchPlugin {
    std::uint32_t version;      // torch_plugin_version
    const char* bridge;         // PARAMNET_VERSION it was built with
    const char* libtorch;       // version of the libtorch that is loaded
    int (*cuda_devices)();
    Backend* (*make)(const TorchRequest&);  // throws Error or std::bad_alloc
};

// Increased whenever this header, backend.hpp, error.hpp or manifest.hpp changes.
constexpr std::uint32_t torch_plugin_version = 4;
constexpr const char* torch_plugin_entry = "paramnet_torch_plugin";
using TorchPluginEntry = const TorchPlugin* (*)();

// Loads the plug-in, once.  Throws Error(BACKEND) with the file, the fault and a remedy.
const TorchPlugin& torch_plugin();

// The expected path of the plug-in: in the folder of the library that contains this code.
std::string torch_plugin_path();
bool torch_plugin_installed();

}  // namespace paramnet

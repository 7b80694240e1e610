// Replaces the libtorch plug-in, but is not this bridge's: without its entry, with an entry that returns nothing (FOREIGN_EMPTY),
// built with another bridge (FOREIGN_BRIDGE, its version) or for another interface (FOREIGN_INTERFACE, what is added to its version).
#include "backends/torch/plugin.hpp"

#if defined(FOREIGN_EMPTY)
extern "C" const paramnet::TorchPlugin* paramnet_torch_plugin();
extern "C" const paramnet::TorchPlugin* paramnet_torch_plugin() { return nullptr; }
#elif defined(FOREIGN_BRIDGE)
extern "C" const paramnet::TorchPlugin* paramnet_torch_plugin();
extern "C" const paramnet::TorchPlugin* paramnet_torch_plugin() {
    static const paramnet::TorchPlugin other{.version = paramnet::torch_plugin_version + FOREIGN_INTERFACE,
                                             .bridge = FOREIGN_BRIDGE, .libtorch = "1.0", .cuda_devices = nullptr, .make = nullptr};
    return &other;
}
#else
extern "C" int something_else();
extern "C" int something_else() { return 1; }
#endif

// Checks the names that a pickle of TorchScript would call.
#pragma once

#include <string>
#include <string_view>

namespace paramnet {

// "" where every name is a network's own class or one with which libtorch stores tensors; otherwise a description.
std::string forbidden_in_pickle(std::string_view pickle);

}  // namespace paramnet

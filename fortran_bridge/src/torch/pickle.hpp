// What a pickle of TorchScript would call.
#pragma once

#include <string>
#include <string_view>

namespace paramnet {

// "" where every name in it is a network's own class or one of those by which libtorch stores tensors; else what is wrong.
std::string forbidden_in_pickle(std::string_view pickle);

}  // namespace paramnet

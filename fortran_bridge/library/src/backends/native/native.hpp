// The native backend from its two archive members, without the archive.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "backends/backend.hpp"

namespace paramnet::native {

struct Members {
    std::string program;                 // program.json
    std::span<const std::byte> weights;  // weights.bin, aligned to 64; may be freed afterwards
    std::string path;                    // for messages
    std::int64_t input_width = 0;        // from the manifest
    std::int64_t output_width = 0;
};

// Throws Error: FORMAT, or INVALID_ARGUMENT or DEVICE for `settings` that this backend or processor does not support.
std::unique_ptr<Backend> make_backend(const Members& members, const Settings& settings);

}  // namespace paramnet::native

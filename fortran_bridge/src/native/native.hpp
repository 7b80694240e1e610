// The native backend from its two members, apart from the file they came in.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "backend.hpp"

namespace paramnet::native {

struct Members {
    std::string program;                 // program.json
    std::span<const std::byte> weights;  // weights.bin, on a multiple of 64; may go afterwards
    std::string path;                    // for messages
    std::int64_t input_width = 0;        // as the manifest says
    std::int64_t output_width = 0;
};

// Throws Error: FORMAT, or INVALID_ARGUMENT or DEVICE when `settings` asks for what this backend or processor lacks.
std::unique_ptr<Backend> make_backend(const Members& members, const Settings& settings);

}  // namespace paramnet::native

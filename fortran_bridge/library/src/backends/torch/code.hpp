// TorchScript code read as text.  An allow-list: every name of a libtorch operator must be in operators.inc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "backends/torch/screening.hpp"

namespace paramnet {

struct Finding {
    std::string what;
    std::size_t line;
};

// The first thing in the text that may do more than compute.
std::optional<Finding> forbidden_in_code(std::string_view code, const IsOperator& is_operator);

}  // namespace paramnet

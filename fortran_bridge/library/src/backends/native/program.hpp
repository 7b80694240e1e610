// program.json and weights.bin as docs/reference/artefact.md defines them, every number checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/native/kernels.hpp"

namespace paramnet::native {

enum class Type : std::uint8_t { float32, float64, int32 };

constexpr std::int64_t bytes_of(Type type) { return type == Type::float64 ? 8 : 4; }
const char* name_of(Type type);

struct Constant {
    Type type = Type::float32;
    std::int64_t rows = 0;
    std::int64_t width = 0;  // of a matrix, row-major; 0: one number per row
    std::span<const std::byte> bytes;

    template <typename Number>
    const Number* as() const {  // aligned: offsets are multiples of 64, as is the start of the weights
        return reinterpret_cast<const Number*>(bytes.data());
    }
};

struct Value {
    Type type = Type::float32;
    std::int64_t rows = 0;
};

enum class Kind : std::uint8_t {
    input, output, cast, binary, unary, dense, rows, concatenate, sum, cumulative_sum,
    convolution, normalize, attention, lstm  // along levels
};

// Of an operation along levels; rows are in the order (level, channel).
struct Geometry {
    std::int64_t levels = 1;
    std::int64_t window = 1, stride = 1, dilation = 1, padding = 0;  // of a convolution
    std::int64_t groups = 1;                                         // of a normalization; the heads of an attention
    bool by_level = false;
    double epsilon = 0.0;
    double factor = 1.0;
    std::int64_t directions = 1;  // of a recurrence; if 1, `backward` says which
    bool backward = false;
};

struct Reference {
    bool constant = false;
    std::int64_t number = 0;
};

constexpr std::int64_t none = -1;

struct Operation {
    Kind kind = Kind::input;
    std::vector<std::int64_t> in;  // values
    std::int64_t out = none;       // value
    Binary binary = Binary::add;
    Reference a, b;                // of a binary operation
    Function function;             // of a unary operation; the activation of a layer
    std::int64_t weight = none, bias = none, index = none;                // constants
    std::int64_t scale = none, shift = none, state_weight = none;  // constants
    std::int64_t residual = none;  // value
    bool residual_after = false;
    Geometry geometry;
};

struct Program {
    std::vector<Constant> constants;
    std::vector<Value> values;
    std::vector<Operation> operations;  // the first is input, the last output; each other makes the next value
};

// `weights` must outlive the program and be aligned to 64.  Throws Error(PARAMNET_STATUS_FORMAT) naming path, key,
// expected and got.  All references of the returned program are valid, so that it can be run without checks.
Program parse_program(const std::string& text, std::span<const std::byte> weights, const std::string& path);

}  // namespace paramnet::native

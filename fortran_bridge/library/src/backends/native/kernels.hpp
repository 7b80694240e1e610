// The kernels of one instruction set: a table of functions on column-fastest matrices.  This header is also included by
// sources compiled for AVX-512, so it has plain structures only: the linker could use an inline function compiled there
// for all processors.
#pragma once

#include <cstdint>

namespace paramnet::native {

enum class Binary : std::uint8_t { add, subtract, multiply, divide, minimum, maximum, power };

enum class Unary : std::uint8_t {
    negate, absolute, sign, exp, expm1, log, log1p, sqrt, tanh, sigmoid, relu, silu, gelu, gelu_tanh, leaky_relu, clamp,
    sin, cos, identity
};

// A function with the parameters that some of them need.
struct Function {
    Unary op = Unary::identity;
    double slope = 1.0;       // leaky_relu
    double lower = 0.0;       // clamp
    double upper = 0.0;
    bool has_lower = false;
    bool has_upper = false;
};

// rows x columns numbers, columns contiguous; columns is a multiple of 16, data is aligned to 64 bytes.
struct Extent {
    std::int64_t rows;
    std::int64_t columns;
};

template <typename Real>
struct Rows {
    Real* data;
    std::int64_t stride;  // elements from row to row; 0: one row is used for all
};

// A matrix, or one number per row (`constant`; stride 1, or 0 for a single number for all rows).
template <typename Real>
struct Operand {
    const Real* data;
    std::int64_t stride;
    bool constant;
};

// act(W x + b) with the residual before or after the activation.  W is in panels of 8 outputs: weight k of output
// 8 p + j at panels[(p * inputs + k) * 8 + j]; in bfloat16 two inputs at a time, (k, k + 1) adjacent in 32 bits, the
// inputs padded to an even number.  Outputs are padded to a multiple of 8 with zeros, also in the bias.
struct Dense {
    const void* panels;
    const float* bias;
    std::int64_t inputs;
    std::int64_t outputs;
    Function activation;
    bool residual_after;
};

constexpr std::int64_t panel_outputs = 8;
constexpr std::int64_t narrow_columns = 8;  // for at most this many columns SIMD runs across outputs

struct DenseCall {
    const float* in;
    std::int64_t in_stride;
    float* out;
    std::int64_t out_stride;
    const float* residual;  // null: none
    std::int64_t residual_stride;
    std::int64_t columns;   // actual number; wide kernels compute up to the next multiple of 16
    void* scratch;          // narrow: columns x padded outputs of float; bfloat16: the inputs of all columns, rounded
};

// W x + b in float64, without activation and residual, for derivatives.
struct WideCall {
    const double* in;
    std::int64_t in_stride;
    double* out;
    std::int64_t out_stride;
    std::int64_t columns;  // a multiple of 16
    bool add;              // to what is in out
};

// Deviation from the mean in standard deviations, then scale and shift of each channel, then the activation.  Rows are in
// the order (level, channel); statistics are those of a group of adjacent channels, at one level or over all.
struct Normalization {
    std::int64_t levels;
    std::int64_t channels;
    std::int64_t groups;
    bool by_level;
    float epsilon;
    const float* scale;
    const float* shift;
    Function activation;
};

// softmax(factor Q K') V over the levels, for each head.  Rows are in the order (level, head, channel of the head).
struct Attention {
    std::int64_t levels;
    std::int64_t heads;
    std::int64_t channels;  // of one head
    float factor;
};

struct AttentionCall {
    Rows<const float> queries, keys, values;
    Rows<float> out;
    std::int64_t columns;  // a multiple of 16
    float* scratch;        // attention_scratch numbers
};

constexpr std::int64_t attention_queries = 4;  // at once
constexpr std::int64_t attention_scratch(std::int64_t levels) { return levels * attention_queries * 16; }

// One level of an LSTM.  gates: of input, forget, cell and output, as many rows of each as the extent has.
struct Cell {
    Rows<const float> gates;
    Rows<float> state;
    Rows<float> out;
    bool first;  // the state before is zero
};

// Standard normal numbers of columns at one step, the same bits on every processor and as paramnet.noise.
struct Draws {
    std::uint32_t seed, member, step;
    const std::int64_t* columns;  // global numbers, from 0
    std::int64_t count;           // of columns
    std::int64_t draws;
    float* out;                   // (draws, stride)
    std::int64_t stride;
};

template <typename Real>
struct ElementKernels {
    void (*binary)(Binary op, Operand<Real> a, Operand<Real> b, Rows<Real> out, Extent extent);
    void (*unary)(const Function& function, Rows<const Real> in, Rows<Real> out, Extent extent);
    void (*sum)(Rows<const Real> in, Real* out, Extent extent);
    void (*cumulative_sum)(Rows<const Real> in, Rows<Real> out, Extent extent);
};

struct Kernels {
    const char* name;
    ElementKernels<float> float32;
    ElementKernels<double> float64;
    void (*widen)(Rows<const float> in, Rows<double> out, Extent extent);
    void (*narrow)(Rows<const double> in, Rows<float> out, Extent extent);
    void (*dense)(const Dense& dense, const DenseCall& call);
    void (*dense_float64)(const Dense& dense, const WideCall& call);
    void (*normals)(const Draws& draws);
    void (*normalize)(const Normalization& normalization, Rows<const float> in, Rows<float> out, std::int64_t columns);
    void (*attend)(const Attention& attention, const AttentionCall& call);
    void (*lstm)(const Cell& cell, Extent extent);
};

// Each in a separate source, compiled for that instruction set.
const Kernels& portable_kernels() noexcept;
const Kernels& avx2_kernels() noexcept;
const Kernels& avx512_kernels() noexcept;
void dense_bfloat16(const Dense& dense, const DenseCall& call);  // AVX512_BF16

}  // namespace paramnet::native

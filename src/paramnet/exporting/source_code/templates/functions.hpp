{# Functions of one number, in place. Those of layers in float are written out, because compilers vectorise no calls. #}
{% from "kernels.hpp" import real %}
{% macro exponential() %}
// exp(x) and exp(x) - 1 for x <= 0.
struct Exponential {
    float growth, value;
};
inline Exponential exponential(float x) {
    float r = x > -87.0f ? x : -87.0f;
    const std::int32_t power = static_cast<std::int32_t>(r * 1.44269504f - 0.5f);
    const float whole = static_cast<float>(power);
    r = (r - whole * 0.693359375f) + whole * 2.12194440e-4f;
    const float series =
        r + r * r * (0.5f + r * (0.1666657699f + r * (0.04166655462f + r * (0.008363179053f + r * 0.001392618359f))));
    const std::int32_t bits = (power + 127) * (1 << 23);
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return {scale * series + (scale - 1.0f), scale * series + scale};
}
inline float sigmoid(float x) {
    const float decayed = exponential(x < 0 ? x : -x).value;
    return (x < 0 ? decayed : 1.0f) / (1.0f + decayed);
}
{% endmacro %}

{% macro fast(name) %}
inline void {{ name }}_32(int rows, float* y) {
    for (int at = 0; at < rows * width; ++at) {
        const float x = y[at];
{% if name == "tanh" %}
        const float growth = exponential(x < 0 ? 2.0f * x : -2.0f * x).growth;
        const float size = growth / (growth + 2.0f);
        y[at] = x != x ? x : (x < 0 ? size : -size);
{% elif name == "sigmoid" %}
        y[at] = x != x ? x : sigmoid(x);
{% elif name == "silu" %}
        y[at] = x * sigmoid(x);
{% elif name == "gelu_tanh" %}
        y[at] = x * sigmoid(x * (1.5957691216f + 0.0713548162f * x * x));
{% elif name == "gelu" %}
        const float z = (x < 0 ? -x : x) * 0.70710678f, s = z * z, t = 1.0f / (z + 2.0f);
        const float near = 0.5f - 0.5f * z * (1.128379166f + s * (-0.3761262667f + s * (0.1128359472f
            + s * (-0.02685421201f + s * (0.005189087423f + s * (-0.0008016864287f + s * 7.875875063e-5f))))));
        const float far = 0.5f * exponential(-s).value * t * (0.5641895861f + t * (1.128377622f + t * (1.974820638f
            + t * (2.814626505f + t * (2.811422223f + t * (-1.876122914f + t * (4.568956754f
            + t * (-67.32684608f + t * (134.8138893f - t * 83.71361822f)))))))));
        const float tail = z < 1 ? near : far;
        y[at] = x * (x < 0 ? tail : 1.0f - tail);
{% endif %}
    }
}
{% endmacro %}

{% macro plain(name, kind) %}
{% set r = real(kind) %}
inline void {{ name }}_{{ kind }}(int rows, {{ r }}* y) {
    for (int at = 0; at < rows * width; ++at) {
        const {{ r }} x = y[at];
        y[at] = {{ {
          "negate": "-x", "absolute": "std::fabs(x)", "sqrt": "std::sqrt(x)", "exp": "std::exp(x)", "log": "std::log(x)",
          "sin": "std::sin(x)", "cos": "std::cos(x)", "expm1": "std::expm1(x)", "log1p": "std::log1p(x)", "tanh": "std::tanh(x)",
          "sign": "x > 0 ? " ~ r ~ "(1) : (x < 0 ? " ~ r ~ "(-1) : x)", "relu": "x < 0 ? " ~ r ~ "(0) : x",
          "sigmoid": r ~ "(1) / (1 + std::exp(-x))", "silu": "x / (1 + std::exp(-x))",
          "gelu": r ~ "(0.5) * x * std::erfc(-x * " ~ r ~ "(0.70710678118654752440))",
          "gelu_tanh": "x / (1 + std::exp(-x * (" ~ r ~ "(1.5957691216057308) + " ~ r ~ "(0.0713548162726009) * x * x)))",
        }[name] }};
    }
}
{% endmacro %}

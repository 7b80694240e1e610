{# Kernels on rows of a block of columns, each written only if a scheme calls it. #}
{% macro real(kind) %}{{ "float" if kind == "32" else "double" }}{% endmacro %}
{% macro rows(body) %}
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < width; ++column)
            {{ body }}
{% endmacro %}
{% macro unary(name, kind, from, body) %}
inline void {{ name }}(int rows, const {{ real(from) }}* RESTRICT x, {{ real(kind) }}* RESTRICT y) {
    for (int at = 0; at < rows * width; ++at) {{ body }}
}
{% endmacro %}

{% macro copy(kind) %}
{{ unary("copy_" ~ kind, kind, kind, "y[at] = x[at];") -}}
{% endmacro %}
{% macro cast(from, kind) %}
{{ unary("cast_" ~ from ~ "_" ~ kind, kind, from, "y[at] = static_cast<" ~ real(kind) ~ ">(x[at]);") -}}
{% endmacro %}
{% macro accumulate(kind) %}
{{ unary("accumulate_" ~ kind, kind, kind, "y[at] += x[at];") -}}
{% endmacro %}

{% macro gather(kind) %}
inline void gather_{{ kind }}(int rows, const std::int32_t* index, const {{ real(kind) }}* x, {{ real(kind) }}* y) {
{{ rows("y[row * width + column] = x[index[row] * width + column];") -}}
}
{% endmacro %}

{% macro binary(op, forms, kind) %}
{% set a = "a[at * width + column]" if forms[0] == "v" else "a[at]" %}
{% set b = "b[bt * width + column]" if forms[1] == "v" else "b[bt]" %}
inline void {{ op }}_{{ forms }}_{{ kind }}(int rows, int a_rows, const {{ real(kind) }}* RESTRICT a, int b_rows,
    const {{ real(kind) }}* RESTRICT b, {{ real(kind) }}* RESTRICT y) {
    for (int row = 0; row < rows; ++row) {
        const int at = row % a_rows, bt = row % b_rows;
        for (int column = 0; column < width; ++column)
{% if op in ("minimum", "maximum") %}
            y[row * width + column] = ({{ a }} {{ "<" if op == "minimum" else ">" }} {{ b }} || {{ a }} != {{ a }}) ? {{ a }} : {{ b }};
{% elif op == "power" %}
            y[row * width + column] = std::pow({{ a }}, {{ b }});
{% else %}
            y[row * width + column] = {{ a }} {{ {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}[op] }} {{ b }};
{% endif %}
    }
}
{% endmacro %}

{% macro sum(kind) %}
inline void sum_{{ kind }}(int rows, const {{ real(kind) }}* RESTRICT x, {{ real(kind) }}* RESTRICT y) {
    std::memset(y, 0, width * sizeof *y);
{{ rows("y[column] += x[row * width + column];") -}}
}
{% endmacro %}

{% macro cumulative_sum(kind) %}
inline void cumulative_sum_{{ kind }}(int rows, const {{ real(kind) }}* RESTRICT x, {{ real(kind) }}* RESTRICT y) {
    for (int column = 0; column < width; ++column) y[column] = x[column];
    for (int at = width; at < rows * width; ++at) y[at] = y[at - width] + x[at];
}
{% endmacro %}

{% macro sum_levels(kind) %}
inline void sum_levels_{{ kind }}(int levels, int rows, const {{ real(kind) }}* RESTRICT x, {{ real(kind) }}* RESTRICT y) {
    std::memset(y, 0, static_cast<std::size_t>(rows) * width * sizeof *y);
    for (int level = 0; level < levels; ++level, x += rows * width)
        for (int at = 0; at < rows * width; ++at) y[at] += x[at];
}
{% endmacro %}

{% macro bounded(name, kind, body) %}
inline void {{ name }}_{{ kind }}(int rows, const {{ real(kind) }}* RESTRICT number, {{ real(kind) }}* RESTRICT y) {
    const {{ real(kind) }} n = number[0];
    for (int at = 0; at < rows * width; ++at) y[at] = {{ body }};
}
{% endmacro %}
{% macro at_least(kind) %}
{{ bounded("at_least", kind, "y[at] < n ? n : y[at]") -}}
{% endmacro %}
{% macro at_most(kind) %}
{{ bounded("at_most", kind, "y[at] > n ? n : y[at]") -}}
{% endmacro %}
{% macro leaky_relu(kind) %}
{{ bounded("leaky_relu", kind, "y[at] > 0 ? y[at] : n * y[at]") -}}
{% endmacro %}

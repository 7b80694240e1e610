{# Functions of one number, in place. Those of layers in real32 are written out, because compilers vectorise no calls. #}
{% from "kernels.f90" import start, simd %}
{# exponent: an expression of at most 0. decayed = exp(exponent); with it, growth = exp(exponent) - 1 without lost digits. #}
{% macro exponential(exponent) %}
        r = max({{ exponent }}, -87.0_real32)
        power = int(r * 1.44269504_real32 - 0.5_real32, int32)
        whole = real(power, real32)
        r = (r - whole * 0.693359375_real32) + whole * 2.12194440e-4_real32
        series = r + r * r * (0.5_real32 + r * (0.1666657699_real32 + r * (0.04166655462_real32 &
          + r * (0.008363179053_real32 + r * 0.001392618359_real32))))
        two_to_power = transfer(ishft(power + 127_int32, 23), 1.0_real32)
        growth = two_to_power * series + (two_to_power - 1.0_real32)
        decayed = two_to_power * series + two_to_power
{% endmacro %}
{% macro sigmoid_of(expression) %}
        z = {{ expression }}
{{ exponential("-abs(z)") -}}
        share = merge(decayed, 1.0_real32, z < 0) / (1.0_real32 + decayed)
{% endmacro %}

{% macro fast(name) %}
{{ start(name ~ "_32", "rows, y") -}}
    integer(int32), intent(in) :: rows
    real(real32), intent(inout) :: y(width, *)
    integer(int32) :: row, column, power
    real(real32) :: r, whole, series, two_to_power, growth, decayed, x
{% if name in ("sigmoid", "silu", "gelu_tanh") %}
    real(real32) :: z, share
{% elif name == "gelu" %}
    real(real32) :: z, t, near, far
{% endif %}

    do row = 1, rows
      {{ simd }} private(power, r, whole, series, two_to_power, growth, decayed, x{{ {"tanh": "", "gelu": ", z, t, near, far"}.get(name, ", z, share") }})
      do column = 1, width
        x = y(column, row)
{% if name == "tanh" %}
{{ exponential("-2.0_real32 * abs(x)") -}}
        y(column, row) = merge(x, sign(growth / (growth + 2.0_real32), x), ieee_is_nan(x))
{% elif name == "sigmoid" %}
{{ sigmoid_of("x") -}}
        y(column, row) = merge(x, share, ieee_is_nan(x))
{% elif name == "silu" %}
{{ sigmoid_of("x") -}}
        y(column, row) = x * share
{% elif name == "gelu_tanh" %}
{{ sigmoid_of("x * (1.5957691216_real32 + 0.0713548162_real32 * x * x)") -}}
        y(column, row) = x * share
{% elif name == "gelu" %}
        z = abs(x) * 0.70710678_real32
        t = z * z
        near = 0.5_real32 - 0.5_real32 * z * (1.128379166_real32 + t * (-0.3761262667_real32 + t * (0.1128359472_real32 &
          + t * (-0.02685421201_real32 + t * (0.005189087423_real32 + t * (-0.0008016864287_real32 + t * 7.875875063e-5_real32))))))
{{ exponential("-t") -}}
        t = 1.0_real32 / (z + 2.0_real32)
        far = 0.5_real32 * decayed * t * (0.5641895861_real32 + t * (1.128377622_real32 + t * (1.974820638_real32 &
          + t * (2.814626505_real32 + t * (2.811422223_real32 + t * (-1.876122914_real32 + t * (4.568956754_real32 &
          + t * (-67.32684608_real32 + t * (134.8138893_real32 - t * 83.71361822_real32)))))))))
        t = merge(near, far, z < 1)
        y(column, row) = x * merge(t, 1.0_real32 - t, x < 0)
{% endif %}
      end do
    end do
  end subroutine {{ name }}_32
{% endmacro %}

{# Functions that are rare in networks, or in real64: the compiler's own. expm1 and log1p as Kahan does, in real64. #}
{% macro plain(name, kind) %}
{% set one = "1.0_real" ~ kind %}
{{ start(name ~ "_" ~ kind, "rows, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column
    real(real{{ kind }}) :: x
{% if name in ("expm1", "log1p") %}
    real(real64) :: u, wide
{% endif %}

    do row = 1, rows
      !$acc loop vector
      do column = 1, width
        x = y(column, row)
{% if name == "expm1" %}
        wide = real(x, real64)
        u = exp(wide)
        if (abs(wide) < 1.0e-5_real64) then
          y(column, row) = real(wide + 0.5_real64 * wide * wide * (1 + wide / 3), real{{ kind }})
        else if (abs(wide) < 1) then
          y(column, row) = real((u - 1) * wide / log(u), real{{ kind }})
        else
          y(column, row) = real(u - 1, real{{ kind }})
        end if
{% elif name == "log1p" %}
        wide = real(x, real64)
        u = 1 + wide
        if (abs(u - 1) > 0) then
          y(column, row) = real(merge(log(u) * (wide / (u - 1)), log(u), abs(wide) < 1), real{{ kind }})
        end if
{% else %}
        y(column, row) = {{ {
          "negate": "-x", "absolute": "abs(x)", "sqrt": "sqrt(x)", "exp": "exp(x)", "log": "log(x)", "sin": "sin(x)", "cos": "cos(x)",
          "sign": "merge(sign(" ~ one ~ ", x), x, abs(x) > 0)", "tanh": "tanh(x)", "relu": "merge(0.0_real" ~ kind ~ ", x, x < 0)",
          "sigmoid": one ~ " / (" ~ one ~ " + exp(-x))", "silu": "x / (" ~ one ~ " + exp(-x))",
          "gelu": "0.5_real" ~ kind ~ " * x * erfc(-x * sqrt(0.5_real" ~ kind ~ "))",
          "gelu_tanh": "x / (" ~ one ~ " + exp(-x * (1.5957691216057308_real" ~ kind ~ " + 0.0713548162726009_real" ~ kind ~ " * x * x)))",
        }[name] }}
{% endif %}
      end do
    end do
  end subroutine {{ name }}_{{ kind }}
{% endmacro %}

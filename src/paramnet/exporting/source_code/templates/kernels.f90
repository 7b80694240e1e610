{# Kernels on rows of a block of columns. Each name in `procedures` is one kernel; only those that a scheme calls are written. #}
{% macro rows(body) %}
    do row = 1, rows
      {{ simd }}
      do column = 1, width
        {{ body }}
      end do
    end do
{% endmacro %}
{% macro start(name, arguments) %}
  subroutine {{ name }}({{ arguments }})
    !$acc routine vector
{% endmacro %}
{% set simd = "!$acc loop vector\n      !$omp simd" %}

{% macro copy(kind) %}
{{ start("copy_" ~ kind, "rows, x, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = x(column, row)") -}}
  end subroutine copy_{{ kind }}
{% endmacro %}

{% macro cast(from, kind) %}
{{ start("cast_" ~ from ~ "_" ~ kind, "rows, x, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ from }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = real(x(column, row), real" ~ kind ~ ")") -}}
  end subroutine cast_{{ from }}_{{ kind }}
{% endmacro %}

{% macro accumulate(kind) %}
{{ start("accumulate_" ~ kind, "rows, x, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = y(column, row) + x(column, row)") -}}
  end subroutine accumulate_{{ kind }}
{% endmacro %}

{% macro gather(kind) %}
{{ start("gather_" ~ kind, "rows, index, x, y") -}}
    integer(int32), intent(in) :: rows, index(*)
    real(real{{ kind }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = x(column, index(row) + 1)") -}}
  end subroutine gather_{{ kind }}
{% endmacro %}

{% macro binary(op, forms, kind) %}
{{ start(op ~ "_" ~ forms ~ "_" ~ kind, "rows, a_rows, a, b_rows, b, y") -}}
    integer(int32), intent(in) :: rows, a_rows, b_rows
    real(real{{ kind }}), intent(in) :: a({{ "width, " if forms[0] == "v" }}*), b({{ "width, " if forms[1] == "v" }}*)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column, at, bt

    do row = 1, rows
      at = mod(row - 1, a_rows) + 1
      bt = mod(row - 1, b_rows) + 1
      {{ simd }}
      do column = 1, width
{% set a = "a(column, at)" if forms[0] == "v" else "a(at)" %}
{% set b = "b(column, bt)" if forms[1] == "v" else "b(bt)" %}
{% if op in ("minimum", "maximum") %}
        y(column, row) = merge({{ a }}, {{ b }}, {{ a }} {{ "<" if op == "minimum" else ">" }} {{ b }} .or. ieee_is_nan({{ a }}))
{% else %}
        y(column, row) = {{ a }} {{ {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}[op] }} {{ b }}
{% endif %}
      end do
    end do
  end subroutine {{ op }}_{{ forms }}_{{ kind }}
{% endmacro %}

{% macro sum(kind) %}
{{ start("sum_" ~ kind, "rows, x, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

    y(:, 1) = 0
{{ rows("y(column, 1) = y(column, 1) + x(column, row)") -}}
  end subroutine sum_{{ kind }}
{% endmacro %}

{% macro cumulative_sum(kind) %}
{{ start("cumulative_sum_" ~ kind, "rows, x, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: x(width, *)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row

    y(:, 1) = x(:, 1)
    do row = 2, rows
      y(:, row) = y(:, row - 1) + x(:, row)
    end do
  end subroutine cumulative_sum_{{ kind }}
{% endmacro %}

{% macro sum_levels(kind) %}
{{ start("sum_levels_" ~ kind, "levels, rows, x, y") -}}
    integer(int32), intent(in) :: levels, rows
    real(real{{ kind }}), intent(in) :: x(width, rows, levels)
    real(real{{ kind }}), intent(inout) :: y(width, rows)
    integer(int32) :: level

    y = 0
    do level = 1, levels
      y = y + x(:, :, level)
    end do
  end subroutine sum_levels_{{ kind }}
{% endmacro %}

{% macro at_least(kind) %}
{{ start("at_least_" ~ kind, "rows, bound, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: bound(*)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = merge(bound(1), y(column, row), y(column, row) < bound(1))") -}}
  end subroutine at_least_{{ kind }}
{% endmacro %}

{% macro at_most(kind) %}
{{ start("at_most_" ~ kind, "rows, bound, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: bound(*)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = merge(bound(1), y(column, row), y(column, row) > bound(1))") -}}
  end subroutine at_most_{{ kind }}
{% endmacro %}

{% macro leaky_relu(kind) %}
{{ start("leaky_relu_" ~ kind, "rows, slope, y") -}}
    integer(int32), intent(in) :: rows
    real(real{{ kind }}), intent(in) :: slope(*)
    real(real{{ kind }}), intent(inout) :: y(width, *)
    integer(int32) :: row, column

{{ rows("y(column, row) = merge(y(column, row), slope(1) * y(column, row), y(column, row) > 0)") -}}
  end subroutine leaky_relu_{{ kind }}
{% endmacro %}

{# The dense layer, and the operations along levels, whose rows are in the order (level, channel). #}
{% from "kernels.f90" import start, simd %}
{% from "functions.f90" import exponential, sigmoid_of %}
{% macro products(first, last) %}
        do input = {{ first }}, {{ last }}
          !$acc loop vector
          do lane = 1, lanes
{% for one in range(1, panel + 1) %}
            s{{ one }}(lane) = s{{ one }}(lane) + weight({{ one }}, input, panel) * x(column + lane, input)
{% endfor %}
          end do
        end do
{% endmacro %}
{% macro dense() %}
  !> y = weight x + bias. Sums of {{ panel }} outputs and `lanes` columns stay in registers while the loop runs over the inputs.
{{ start("dense", "inputs, outputs, weight, bias, x, y") -}}
    integer(int32), intent(in) :: inputs, outputs
    real(real32), intent(in) :: weight({{ panel }}, inputs, *), bias(*), x(width, *)
    real(real32), intent(inout) :: y(width, *)  ! complete panels
    integer(int32) :: panel, first, column, input, lane, half
    real(real32), dimension(lanes) :: {{ sums }}

    half = merge(inputs, inputs / 2, inputs < 64)  ! two sums lose fewer digits
    do panel = 1, (outputs + {{ panel - 1 }}) / {{ panel }}
      first = {{ panel }} * (panel - 1)
      do column = 0, width - lanes, lanes
{% for one in range(1, panel + 1) %}
        s{{ one }} = bias(first + {{ one }})
{% endfor %}
{{ products("1", "half") -}}
        !$acc loop vector
        do lane = 1, lanes
{% for one in range(1, panel + 1) %}
          y(column + lane, first + {{ one }}) = s{{ one }}(lane)
{% endfor %}
        end do
        if (half == inputs) cycle
{% for one in range(1, panel + 1) %}
        s{{ one }} = 0
{% endfor %}
{{ products("half + 1", "inputs") -}}
        !$acc loop vector
        do lane = 1, lanes
{% for one in range(1, panel + 1) %}
          y(column + lane, first + {{ one }}) = y(column + lane, first + {{ one }}) + s{{ one }}(lane)
{% endfor %}
        end do
      end do
    end do
  end subroutine dense
{% endmacro %}

{% macro convolution() %}
  !> A dense layer on the levels of a window, at each level of the output; levels outside the column are zero.
  subroutine convolution(levels, window, stride, dilation, padding, channels, levels_out, outputs, weight, bias, x, rows, y)
    !$acc routine vector
    integer(int32), intent(in) :: levels, window, stride, dilation, padding, channels, levels_out, outputs
    real(real32), intent(in) :: weight(*), bias(*), x(width, channels, levels)
    real(real32), intent(inout) :: rows(width, channels, window), y(width, *)
    integer(int32) :: level, tap, from

    do level = 1, levels_out
      do tap = 1, window
        from = (level - 1) * stride + (tap - 1) * dilation - padding + 1
        if (from >= 1 .and. from <= levels) then
          rows(:, :, tap) = x(:, :, from)
        else
          rows(:, :, tap) = 0
        end if
      end do
      call dense(window * channels, outputs, weight, bias, rows, y(1, (level - 1) * outputs + 1))
    end do
  end subroutine convolution
{% endmacro %}

{% macro normalize() %}
  !> Deviations from the mean in standard deviations, of groups of channels at each level or over all; then scale and shift.
  subroutine normalize(levels, groups, size, by_level, epsilon, scale, shift, x, y)
    !$acc routine vector
    integer(int32), intent(in) :: levels, groups, size, by_level
    real(real32), intent(in) :: epsilon(*), scale(*), shift(*), x(width, size, groups, levels)
    real(real32), intent(inout) :: y(width, size, groups, levels)
    integer(int32) :: group, first, last, one, level, channel
    real(real32) :: mean(width), variance(width)

    do group = 1, groups
      do first = 1, levels
        if (by_level == 0 .and. first > 1) exit
        last = merge(first, levels, by_level == 1)
        mean = 0
        variance = 0
        do level = first, last
          do one = 1, size
            mean = mean + x(:, one, group, level)
          end do
        end do
        mean = mean / real(size * (last - first + 1), real32)
        do level = first, last
          do one = 1, size
            variance = variance + (x(:, one, group, level) - mean)**2
          end do
        end do
        variance = sqrt(variance / real(size * (last - first + 1), real32) + epsilon(1))
        do level = first, last
          do one = 1, size
            channel = (group - 1) * size + one
            y(:, one, group, level) = (x(:, one, group, level) - mean) / variance * scale(channel) + shift(channel)
          end do
        end do
      end do
    end do
  end subroutine normalize
{% endmacro %}

{% macro attention() %}
  !> softmax(factor Q K') V over the levels, for each head.
  subroutine attention(levels, heads, depth, size, factor, queries, keys, values, scores, y)
    !$acc routine vector
    integer(int32), intent(in) :: levels, heads, depth, size
    real(real32), intent(in) :: factor(*), queries(width, depth, heads, levels), keys(width, depth, heads, levels)
    real(real32), intent(in) :: values(width, size, heads, levels)
    real(real32), intent(inout) :: scores(width, levels), y(width, size, heads, levels)
    integer(int32) :: head, query, key, one, column, power
    real(real32) :: highest(width), total(width), r, whole, series, two_to_power, growth, decayed

    do head = 1, heads
      do query = 1, levels
        highest = -huge(1.0_real32)
        do key = 1, levels
          scores(:, key) = 0
          do one = 1, depth
            scores(:, key) = scores(:, key) + queries(:, one, head, query) * keys(:, one, head, key)
          end do
          scores(:, key) = factor(1) * scores(:, key)
          highest = merge(scores(:, key), highest, scores(:, key) > highest)
        end do
        total = 0
        y(:, :, head, query) = 0
        do key = 1, levels
          {{ simd }} private(power, r, whole, series, two_to_power, growth, decayed)
          do column = 1, width
{{ exponential("scores(column, key) - highest(column)") -}}
            scores(column, key) = merge(scores(column, key), decayed, ieee_is_nan(scores(column, key)))
          end do
          total = total + scores(:, key)
          do one = 1, size
            y(:, one, head, query) = y(:, one, head, query) + scores(:, key) * values(:, one, head, key)
          end do
        end do
        do one = 1, size
          y(:, one, head, query) = y(:, one, head, query) / total
        end do
      end do
    end do
  end subroutine attention
{% endmacro %}

{% macro lstm() %}
  !> One direction of a long short-term memory along the levels; its outputs are `size` of the `rows_out` rows of a level, from `offset`.
  subroutine lstm(levels, channels, size, backward, offset, rows_out, weight, bias, x, inputs, cell, gates, y)
    !$acc routine vector
    integer(int32), intent(in) :: levels, channels, size, backward, offset, rows_out
    real(real32), intent(in) :: weight(*), bias(*), x(width, channels, levels)
    real(real32), intent(inout) :: inputs(width, channels + size), cell(width, size), gates(width, *), y(width, rows_out, levels)
    integer(int32) :: step, level, one

    inputs(:, channels + 1:) = 0
    cell = 0
    do step = 1, levels
      level = merge(levels + 1 - step, step, backward == 1)
      inputs(:, :channels) = x(:, :, level)
      call dense(channels + size, 4 * size, weight, bias, inputs, gates)
      call sigmoid_32(2 * size, gates)
      call tanh_32(size, gates(1, 2 * size + 1))
      call sigmoid_32(size, gates(1, 3 * size + 1))
      do one = 1, size
        cell(:, one) = gates(:, size + one) * cell(:, one) + gates(:, one) * gates(:, 2 * size + one)
        inputs(:, channels + one) = cell(:, one)
      end do
      call tanh_32(size, inputs(1, channels + 1))
      do one = 1, size
        inputs(:, channels + one) = gates(:, 3 * size + one) * inputs(:, channels + one)
        y(:, offset + one, level) = inputs(:, channels + one)
      end do
    end do
  end subroutine lstm
{% endmacro %}

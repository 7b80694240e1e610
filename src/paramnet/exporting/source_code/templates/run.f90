{% macro shape(variable) %}{{ "(:, :)" if variable.profile else "(:)" }}{% endmacro %}
{% macro at(variable, column) %}{{ variable.name }}({{ column }}{{ ", level" if variable.profile }}){% endmacro %}
  !> The scheme on the first `ncol` columns. Profiles are (column, level), in the units given here. `flags`: bits for each column.
  recursive subroutine run_real{{ kind }}( &
    ncol, &
{% for one in variables %}
    {{ one.name }}, &
{% endfor %}
    {{ "state, " if states }}{{ "seed, member, step, columns, " if random_numbers }}flags, status, message{{ ", outside" if limits }})
    integer(int32), intent(in) :: ncol
{% for one in variables %}
    real(real{{ kind }}), intent({{ one.intent }}) :: {{ one.name }}{{ shape(one) }}  ! {{ one.units }}
{% endfor %}
{% if states %}
    real(real{{ kind }}), intent(inout) :: state(:, :)  ! (column, {{ states | length }}), which the host keeps between calls
{% endif %}
{% if random_numbers %}
    integer(int64), intent(in) :: seed, member, step  ! 0 to 2**32 - 1
    integer(int64), intent(in) :: columns(:)  ! their numbers in the whole model, from 0, on which the random numbers depend
{% endif %}
    integer(int32), intent(out) :: flags(:)
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(out) :: message  ! allocated if status is not {{ name }}_ok
{% if limits %}
    logical, intent(out), optional :: outside(:)  ! an input is outside its range in the training data
{% endif %}
    real(real32) :: work32(width, {{ rows["32"] }})
{% if rows["64"] %}
    real(real64) :: work64(width, {{ rows["64"] }})
{% endif %}
    integer(int32) :: first, column, from, level

    status = {{ name }}_not_loaded
    if (.not. loaded) then
      message = 'weights: expected {{ name }}_load before {{ name }}_run'
      return
    end if
    status = {{ name }}_invalid_argument
    if (ncol < 0 .or. size(flags) < ncol) then
      message = 'ncol, flags: expected at least 0 columns, and a flag for each'
      return
    end if
{% for one in variables %}
{% if one.profile %}
    if (size({{ one.name }}, 1) < ncol &
      .or. size({{ one.name }}, 2) /= {{ one.size }}) then
{% else %}
    if (size({{ one.name }}) < ncol) then
{% endif %}
      message = '{{ one.name }}' &
        // ': expected ncol columns{{ " and " ~ one.size ~ " levels" if one.profile }}'
      return
    end if
{% endfor %}
{% if states %}
    if (size(state, 1) < ncol .or. size(state, 2) /= {{ states | length }}) then
      message = 'state: expected ncol columns and {{ states | length }} numbers'
      return
    end if
{% endif %}
{% if random_numbers %}
    if (any([seed, member, step] < 0) .or. any(ishft([seed, member, step], -32) > 0)) then
      message = 'seed, member, step: expected 0 to 2**32 - 1'
      return
    end if
    if (size(columns) < ncol) then
      message = 'columns: expected a number for each column'
      return
    end if
    if (any(columns(:ncol) < 0)) then
      message = 'columns: expected numbers of at least 0'
      return
    end if
{% endif %}
{% if limits %}
    if (present(outside)) then
      if (size(outside) < ncol) then
        message = 'outside: expected a value for each column'
        return
      end if
    end if
{% endif %}
    status = {{ name }}_ok
    !$acc parallel loop gang private(work32{{ ", work64" if rows["64"] }})
    !$omp parallel do schedule(static) private(work32{{ ", work64" if rows["64"] }}, column, from, level)
    do first = 0, ncol - 1, width
      ! A block that is not full repeats its last column.
{% for one in variables if one.intent == "in" %}
{% if one.profile %}
      do level = 1, {{ one.size }}
{% endif %}
      do column = 1, width
        from = min(first + column, ncol)
        work32(column, {{ input.first + one.offset }} + {{ "level" if one.profile else "1" }}) = &
          real({{ at(one, "from") }}, real32)
      end do
{% if one.profile %}
      end do
{% endif %}
{% endfor %}
{% if states %}
      do level = 1, {{ states | length }}
        do column = 1, width
          work32(column, {{ input.first + n_in }} + level) = real(state(min(first + column, ncol), level), real32)
        end do
      end do
{% endif %}
{% if random_numbers %}
      do column = 1, width
        call standard_normal({{ random_numbers }}_int32, constants64({{ normal_table.first + 1 }}), seed, member, step, &
          columns(min(first + column, ncol)), column, work32(1, {{ input.first + n_in + states | length + 1 }}))
      end do
{% endif %}
      do column = 1, min(width, ncol - first)
        flags(first + column) = 0
        do level = 1, {{ n_in + states | length }}
          if (.not. abs(work32(column, {{ input.first }} + level)) <= huge(1.0_real32)) &
            flags(first + column) = {{ name }}_nonfinite_input
        end do
      end do
{% if limits %}
      if (present(outside)) then
        do column = 1, min(width, ncol - first)
          from = first + column
          outside(from) = .false.
{% for one in variables if one.intent == "in" %}
{% set row = "level" if one.profile else "1" %}
{% if one.profile %}
          do level = 1, {{ one.size }}
{% endif %}
          outside(from) = outside(from) .or. {{ at(one, "from") }} < &
            real(constants64({{ limits[0].first + one.offset }} + {{ row }}), real{{ kind }}) .or. {{ at(one, "from") }} > &
            real(constants64({{ limits[1].first + one.offset }} + {{ row }}), real{{ kind }})
{% if one.profile %}
          end do
{% endif %}
{% endfor %}
          outside(from) = outside(from) .and. flags(from) == 0
        end do
      end if
{% endif %}
      call evaluate(work32{{ ", work64" if rows["64"] }})
      do column = 1, min(width, ncol - first)
        do level = 1, {{ n_out + states | length }}
          if (.not. abs(work32(column, {{ output.first }} + level)) <= huge(1.0_real32)) then
            flags(first + column) = ior(flags(first + column), {{ name }}_nonfinite_output)
          end if
        end do
        from = first + column
{% for one in variables if one.intent == "out" %}
{% if one.profile %}
        do level = 1, {{ one.size }}
          {{ at(one, "from") }} = merge( &
            real(work32(column, {{ output.first + one.offset }} + level), real{{ kind }}), 0.0_real{{ kind }}, flags(from) == 0)
        end do
{% else %}
        {{ at(one, "from") }} = merge( &
          real(work32(column, {{ output.first + one.offset + 1 }}), real{{ kind }}), 0.0_real{{ kind }}, flags(from) == 0)
{% endif %}
{% endfor %}
{% if states %}
        if (flags(from) == 0) then
          do level = 1, {{ states | length }}
            state(from, level) = real(work32(column, {{ output.first + n_out }} + level), real{{ kind }})
          end do
        end if
{% endif %}
      end do
    end do
  end subroutine run_real{{ kind }}

  !> Compare the contract with the host's arrays, in the order of the arguments of `{{ name }}_run`: names and units of variables,
  !> levels, time step (s){% if coordinates %} and vertical coordinate, from the first level of the arrays to the last{% endif %}.
  pure subroutine {{ name }}_check(names, units, levels, time_step, {% for one in coordinates %}{{ one.name }}, {% endfor %}status, message)
    character(len=*), intent(in) :: names(:), units(:)
    integer(int32), intent(in) :: levels
    real(real64), intent(in) :: time_step
{% for one in coordinates %}
    real(real64), intent(in) :: {{ one.name }}(:)  ! {{ one.units }}
{% endfor %}
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(out) :: message
    character(len=24) :: expected, got
    integer :: one

    status = {{ name }}_contract_mismatch
    write (expected, '(i0)') {{ name }}_levels
    write (got, '(i0)') levels
    if (levels /= {{ name }}_levels) then
      message = 'levels: expected ' // trim(expected) // ', got ' // trim(got)
      return
    end if
    write (expected, '(i0)') {{ name }}_variables
    write (got, '(i0)') min(size(names), size(units))
    if (size(names) /= {{ name }}_variables .or. size(units) /= {{ name }}_variables) then
      message = 'names, units: expected ' // trim(expected) // ' variables, got ' // trim(got)
      return
    end if
    do one = 1, {{ name }}_variables
      if (names(one) /= {{ name }}_names(one)) then
        message = 'names: expected ' // trim({{ name }}_names(one)) // ', got ' // trim(names(one))
        return
      end if
      if (units(one) /= {{ name }}_units(one)) then
        message = trim({{ name }}_names(one)) &
          // ': expected units ''' // trim({{ name }}_units(one)) // ''', got ''' &
          // trim(units(one)) // ''''
        return
      end if
    end do
    write (expected, '(g0.6)') {{ name }}_time_step
    write (got, '(g0.6)') time_step
    if (.not. abs(time_step - {{ name }}_time_step) <= 1.0e-3_real64 * {{ name }}_time_step) then
      message = 'time_step: expected ' // trim(expected) // ' s, got ' // trim(got)
      return
    end if
{% for one in coordinates %}
    if (size({{ one.name }}) /= size({{ name }}_{{ one.name }})) then
      message = '{{ one.name }}: expected one number for each level'
      return
    end if
    if (.not. all(abs({{ one.name }} - {{ name }}_{{ one.name }}) <= {{ one.tolerance | number }})) then
      message = '{{ one.name }}: expected the coordinate of the training data, got another'
      return
    end if
{% endfor %}
    status = {{ name }}_ok
    message = ''
  end subroutine {{ name }}_check

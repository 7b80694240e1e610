{% macro values(field) %}
{{ field.values[0]|number }}, {{ field.values[1]|number }}, {{ field.values[2]|number }}
{%- endmacro %}
{% set profile_shape = {"column_level": "nlon * nlat, nlev", "level_column": "nlev, nlon * nlat"}.get(config.arrays, "nlon, nlat, nlev") %}
{% set surface_shape = "nlon, nlat" if on_grid else "nlon * nlat" %}
{% set top_first = config.levels == "top_first" %}
{% set from_top = "k" if top_first else "nlev + 1 - k" %}
{% set grid = contract.vertical_grid %}
{% set profile_inputs = inputs|selectattr("variable.is_profile")|list %}
{% set profile_outputs = outputs|selectattr("variable.is_profile")|list %}
{% set surface_outputs = outputs|rejectattr("variable.is_profile")|list %}
{% set changed = outputs|selectattr("changed")|list %}
{% set pressure = inputs|selectattr("name", "equalto", contract.surface_pressure_name)|first %}
!> drive_{{ config.name }} [NAMELIST [STEPS]]: {{ prefix }}_paramnet in a model of 48 columns, to see it run before it is in
!> yours.  Waves take the place of dynamics, and a formula that of the parameterization.  Written by `paramnet adapter new`.
program drive_{{ config.name }}
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, real64
  use {{ prefix }}_paramnet, only: {{ prefix }}_adapter, PARAMNET_OK, wp => {{ prefix }}_real
  implicit none
  integer, parameter :: nlon = 8, nlat = 6, nlev = {{ contract.n_levels }}

  !> What your model has already.
  type :: model_arrays
{% for field in fields.all %}
    real(wp) :: {{ field.name }}({{ profile_shape if field.variable.is_profile else surface_shape }})  ! {{ field.variable.units }}
{% endfor %}
  end type model_arrays

  type(model_arrays), save, target :: state
  type({{ prefix }}_adapter), save :: adapter
  character(len=:), allocatable :: message
  character(len=512) :: namelist_file, word
  integer(int32) :: status
  logical :: replaced
  integer :: step, steps

  namelist_file = '{{ files["namelist.nml"] }}'
  if (command_argument_count() > 0) call get_command_argument(1, namelist_file)
  steps = 96
  if (command_argument_count() > 1) then
    call get_command_argument(2, word)
    read (word, *) steps
  end if

  ! Once, when the model's arrays are allocated.
  call describe_model()
{% for field in inputs %}
  adapter%inputs%{{ field.name }} => state%{{ field.name }}
{% endfor %}
{% for field in outputs %}
  adapter%outputs%{{ field.name }} => state%{{ field.name }}
{% endfor %}
  call adapter%init(trim(namelist_file), status, message)
  call stop_on_error()

  do step = 0, steps - 1
    call dynamics()
    ! In every step, around the call of the model's own parameterization.
    call adapter%step(step * {{ contract.time_step|number }} / 86400, replaced, status, message)
    call stop_on_error()
    if (.not. replaced) call parameterization()
{% if recorder %}
    call adapter%after(status, message)
    call stop_on_error()
{% endif %}
{% if changed %}
{% if in_place %}
    if (replaced) call add_tendencies()
{% else %}
    call add_tendencies()
{% endif %}
{% endif %}
  end do

  ! At the end.
  call adapter%finalize(status, message)
  call stop_on_error()
  if (message /= '') print '(a)', message
{% for field in outputs %}
  call print_statistics('{{ field.name }}', {{ "nlev" if field.variable.is_profile else 1 }}, state%{{ field.name }})
{% endfor %}

contains

  !> Your model calls its own routine here, such as endrun or mpi_abort.
  subroutine stop_on_error()
    if (status == PARAMNET_OK) return
    write (error_unit, '(a)') message
    stop 1
  end subroutine stop_on_error

  !> Numbers that your model has; these are the contract's.
  subroutine describe_model()
{% if recorder %}
    integer :: i, j

{% endif %}
    adapter%model%time_step = {{ contract.time_step|number }}
    adapter%model%tendency_interval = {{ contract.tendency_interval|number }}
{% for name, a in (("a_mid", grid.a_mid), ("b_mid", grid.b_mid), ("a_interface", grid.a_interface), ("b_interface", grid.b_interface)) %}
    adapter%model%{{ name }} = [ &
{{ (a if top_first else a[::-1])|numbers(6) }}]
{% endfor %}
{% if recorder %}
    adapter%model%name = 'drive_{{ config.name }}'
    adapter%model%calendar = 'noleap'
{% if on_grid %}
    adapter%model%latitude = [(-75 + 30.0_real64 * (j - 1), j=1, nlat)]
    adapter%model%longitude = [(45.0_real64 * (i - 1), i=1, nlon)]
{% else %}
    adapter%model%latitude = [((-75 + 30.0_real64 * (j - 1), i=1, nlon), j=1, nlat)]
    adapter%model%longitude = [((45.0_real64 * (i - 1), i=1, nlon), j=1, nlat)]
{% endif %}
    adapter%model%area = cos(adapter%model%latitude * acos(-1.0_real64) / 180)
{% endif %}
{% for name, value in contract.constants.items() %}
    adapter%constants%{{ name }} = {{ value|number }}
{% endfor %}
  end subroutine describe_model

  subroutine dynamics()
{% for field in inputs %}
    call fill_{{ "profile" if field.variable.is_profile else "surface" }}(state%{{ field.name }}, {{ values(field) }}, {{ loop.index }})
{% endfor %}
  end subroutine dynamics

  !> In place of your own: outputs follow the deviation of an input from its mean state.
  subroutine parameterization()
{% for field in profile_outputs %}
{% if profile_inputs %}
{% set cause = profile_inputs[loop.index0 % profile_inputs|length] %}
    call respond_profile(state%{{ cause.name }}, {{ values(cause) }}, state%{{ field.name }}, {{ field.values[0]|number }}, {{ field.values[2]|number }})
{% else %}
    call fill_profile(state%{{ field.name }}, {{ values(field) }}, 0)
{% endif %}
{% endfor %}
{% for field in surface_outputs %}
    state%{{ field.name }} = real({{ field.values[0]|number }} + {{ field.values[2]|number }} * (state%{{ pressure.name }} - {{ pressure.values[0]|number }}) / {{ pressure.values[2]|number }}, wp)
{% endfor %}
{% if in_place %}
    call add_tendencies()
{% endif %}
  end subroutine parameterization

{% if changed %}
  subroutine add_tendencies()
    real(wp), parameter :: interval = {{ contract.tendency_interval|number|replace("_real64", "_wp") }}  ! s

{% for field in changed %}
    state%{{ field.changed }} = state%{{ field.changed }} + interval * state%{{ field.name }}
{% endfor %}
  end subroutine add_tendencies

{% endif %}
{% if profiles %}
  !> How far down a level is, from 0 to 1.
  pure real(real64) function depth(k)
    integer, intent(in) :: k

    depth = ({{ from_top }} - 0.5_real64) / nlev
  end function depth

{% endif %}
  !> A number from -1 to 1 that differs from step to step, column to column, level to level and variable to variable.
  pure real(real64) function wave(column, k, variable)
    integer, intent(in) :: column, k, variable

    wave = 0.6_real64 * sin(0.11_real64 * step + 0.9_real64 * column + 0.5_real64 * k + 1.3_real64 * variable) &
      + 0.4_real64 * cos(0.037_real64 * step * variable + 2.3_real64 * column - 0.7_real64 * k)
  end function wave

{% if on_grid %}
{% set column = "i + nlon * (j - 1)" %}
{% set surface_element, surface_rank = "i, j", "(:, :)" %}
{% set profile_element, profile_rank = "i, j, k", "(:, :, :)" %}
{% else %}
{% set column = "i" %}
{% set surface_element, surface_rank = "i", "(:)" %}
{% set profile_element, profile_rank = "i, k" if config.arrays == "column_level" else "k, i", "(:, :)" %}
{% endif %}
{% if profiles %}
  subroutine fill_profile(array, at_top, at_bottom, waves, variable)
    real(wp), intent(out) :: array{{ profile_rank }}
    real(real64), intent(in) :: at_top, at_bottom, waves
    integer, intent(in) :: variable
    integer :: i{{ ", j" if on_grid else "" }}, k

    do concurrent({{ "i=1:nlon, j=1:nlat" if on_grid else "i=1:nlon * nlat" }}, k=1:nlev)
      array({{ profile_element }}) = real(at_top + (at_bottom - at_top) * depth(k) + waves * wave({{ column }}, {{ from_top }}, variable), wp)
    end do
  end subroutine fill_profile

{% endif %}
  subroutine fill_surface(array, at_top, at_bottom, waves, variable)
    real(wp), intent(out) :: array{{ surface_rank }}
    real(real64), intent(in) :: at_top, at_bottom, waves
    integer, intent(in) :: variable
    integer :: i{{ ", j" if on_grid else "" }}

    do concurrent({{ "i=1:nlon, j=1:nlat" if on_grid else "i=1:nlon * nlat" }})
      array({{ surface_element }}) = real(0.5_real64 * (at_top + at_bottom) + waves * wave({{ column }}, 0, variable), wp)
    end do
  end subroutine fill_surface

{% if profile_inputs and profile_outputs %}
  subroutine respond_profile(cause, at_top, at_bottom, waves, response, mean, size_of_response)
    real(wp), intent(in) :: cause{{ profile_rank }}
    real(real64), intent(in) :: at_top, at_bottom, waves, mean, size_of_response
    real(wp), intent(out) :: response{{ profile_rank }}
    integer :: k

    do k = 1, nlev
{% set level = {"column_level": ":, k", "level_column": "k, :"}.get(config.arrays, ":, :, k") %}
      response({{ level }}) = real(mean + size_of_response * (cause({{ level }}) - at_top - (at_bottom - at_top) * depth(k)) / waves, wp)
    end do
  end subroutine respond_profile

{% endif %}
  !> Mean and standard deviation over columns and levels.
  subroutine print_statistics(name, levels, values)
    character(len=*), intent(in) :: name
    integer, intent(in) :: levels
    real(wp), intent(in) :: values(nlon * nlat * levels)
    real(wp) :: mean

    mean = sum(values) / size(values)
    print '(a, 2(1x, es16.8))', name, mean, sqrt(sum((values - mean)**2) / size(values))
  end subroutine print_statistics
end program drive_{{ config.name }}

{% macro subroutine(entry) %}
  !> \section arg_table_{{ scheme }}_{{ entry }}  Argument Table
  !! \htmlinclude {{ scheme }}_{{ entry }}.html
  subroutine {{ scheme }}_{{ entry }}( &
{% for argument in entries[entry] %}
    {{ argument.name }}{{ ")" if loop.last else ", &" }}
{% endfor %}
{% for argument in entries[entry] %}
    {{ argument.declaration }}{{ "  ! %s"|format(argument.units) if argument.type == "real" else "" }}
{% endfor %}
{% endmacro %}
{% set inputs = entries["run"]|selectattr("variable")|selectattr("intent", "equalto", "in")|list %}
{% set outputs = entries["run"]|selectattr("variable")|selectattr("intent", "equalto", "out")|list %}
!> A trained parameterization as a CCPP scheme.  Written by `paramnet ccpp` from the contract {{ contract.name }}
!> ({{ contract.digest[:16] }}); change that and write anew.
module {{ scheme }}
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use ccpp_kinds, only: kind_phys
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT
  implicit none
  private
  public :: {{ scheme }}_init, {{ scheme }}_run, {{ scheme }}_final

  integer, parameter :: window = 10000  ! columns over which the share without a result is judged
  type(paramnet_scheme), save :: network
  real(kind_phys), save :: largest_share
  integer, save :: seen, without_result
  logical, save :: host_is_checked

contains

{{ subroutine("init") }}
    integer(int32) :: status
    character(len=:), allocatable :: message

    largest_share = fallback_limit
    seen = 0
    without_result = 0
    host_is_checked = .false.
    call network%load(trim(scheme_file), device=trim(device), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    if (network%levels() /= pver) then
      write (errmsg, '(a, 2(i0, a))') '{{ scheme }}: expected a host with ', network%levels(), &
        ' levels, as in training, got ', pver, '; export a scheme for this grid'
      errflg = 1
      return
    end if
{% for name in constants %}
    call network%check_constant('{{ name }}', &
      real({{ name }}, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
{% endfor %}
  end subroutine {{ scheme }}_init

{{ subroutine("run") }}
{% for output in outputs if output.heats %}
    real(kind_phys), target :: {{ output.variable.name }}(ncol, pver)  ! K s-1
{% endfor %}
    integer(int32) :: status
    character(len=:), allocatable :: message

    if (.not. host_is_checked) then
      call check_host({{ surface_pressure }}, air_pressure, timestep, status, message)
      if (failed(status, message, errmsg, errflg)) return
      host_is_checked = .true.
    end if

{% for input in inputs %}
    call network%bind_input('{{ input.variable.name }}', '{{ input.variable.units }}', &
      {{ input.name }}, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
{% endfor %}
{% for output in outputs %}
    call network%bind_output('{{ output.variable.name }}', '{{ output.variable.units }}', &
      {{ output.variable.name }}, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
{% endfor %}
    call network%run(int(ncol, int32), column_flags, status, message)
    if (failed(status, message, errmsg, errflg)) return
{% for output in outputs if output.heats %}

    ! The network heats in K s-1; CCPP's hosts apply J kg-1 s-1 and divide by cp again.
    {{ output.name }}(1:ncol, :) = specific_heat_of_dry_air * {{ output.variable.name }}
{% endfor %}
    call judge(column_flags(1:ncol), errmsg, errflg)
  end subroutine {{ scheme }}_run

{{ subroutine("final") }}
    integer(int64) :: columns, nonfinite_input, nonfinite_output, outside
    integer(int32) :: status

    errmsg = ''
    errflg = 0
    call network%counters(columns=columns, nonfinite_input=nonfinite_input, nonfinite_output=nonfinite_output, &
      outside_envelope=outside, status=status)
    if (is_root .and. status == PARAMNET_OK) write (log_unit, '(a, 4(i0, a))') '{{ scheme }}, this rank: ', columns, &
      ' columns; without a result for non-finite inputs ', nonfinite_input, ', outputs ', nonfinite_output, &
      '; outside the training range ', outside, ''
    call network%free()
  end subroutine {{ scheme }}_final

  !> Once, before the first step: the host's levels and time step are the training's.
  subroutine check_host(surface_pressure, level_pressure, step, status, message)
    real(kind_phys), intent(in) :: surface_pressure(:), level_pressure(:, :), step  ! Pa, Pa, s
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message
    real(real64), target :: surface(size(surface_pressure)), levels(size(level_pressure, 1), size(level_pressure, 2))

    surface = real(surface_pressure, real64)
    levels = real(level_pressure, real64)
    call network%check_pressure(surface, levels, status=status, message=message)
    if (status /= PARAMNET_OK) return
    call network%check_constant('time_step', real(step, real64), status=status, message=message)
  end subroutine check_host

  !> Columns without a result have zero tendencies; too many of them end the run.
  subroutine judge(flags, errmsg, errflg)
    integer, intent(in) :: flags(:)
    character(len=*), intent(out) :: errmsg
    integer, intent(out) :: errflg

    errmsg = ''
    errflg = 0
    seen = seen + size(flags)
    without_result = without_result + count(iand(flags, PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0)
    if (seen < window) return
    if (without_result > largest_share * seen) then
      write (errmsg, '(a, 2(i0, a), f0.3)') '{{ scheme }}: ', without_result, ' of ', seen, &
        ' columns had inputs or outputs that are not finite, more than the share allowed, ', largest_share
      errflg = 1
    end if
    seen = 0
    without_result = 0
  end subroutine judge

  !> Hands a failure of the bridge to CCPP; the caller returns at once.
  logical function failed(status, message, errmsg, errflg)
    integer(int32), intent(in) :: status
    character(len=*), intent(in) :: message
    character(len=*), intent(out) :: errmsg
    integer, intent(out) :: errflg

    failed = status /= PARAMNET_OK
    errmsg = ''
    if (failed) errmsg = '{{ scheme }}: ' // message
    errflg = merge(1, 0, failed)
  end function failed
end module {{ scheme }}

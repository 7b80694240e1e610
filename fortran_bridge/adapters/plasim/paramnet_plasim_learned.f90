! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The learned scheme behind libparamnet: loaded, checked against this host and bound once, then run each step.
module paramnet_plasim_learned
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT, &
                      PARAMNET_FLAG_OUTSIDE_ENVELOPE
  use pumamod, only: NHOR, NLEV, sigma, dp, ga, gascon, akap, alv, day_24hr, mtspd
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_limits, only: widen_limits
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: learned_start, passthrough_start, learned_run, learned_limits, learned_stop

  character(len=*), parameter :: heating_name = "tendency_of_air_temperature_due_to_convection"
  character(len=*), parameter :: moistening_name = "tendency_of_specific_humidity_due_to_convection"
  character(len=*), parameter :: rain_name = "convective_precipitation_production"

  type(paramnet_scheme) :: scheme
  character(len=:), allocatable :: message
  integer(int32) :: status = PARAMNET_OK

contains

  !> Load, check grid, time step and constants, bind the arrays; error is empty when the scheme fits this host.
  !> inputs and outputs must stay where they are.
  subroutine learned_start(options, inputs, outputs, error)
    type(plasim_options), intent(in) :: options
    type(column_inputs), intent(inout), target :: inputs
    type(column_outputs), intent(inout), target :: outputs
    character(len=*), intent(out) :: error
    call scheme%load(trim(options%scheme), device=trim(options%device), threads=int(options%threads, int32), &
                     backend=trim(options%backend), precision=trim(options%precision), status=status, message=message)
    if (status == PARAMNET_OK) call check_host()
    if (status == PARAMNET_OK) call bind_inputs(inputs)
    if (status == PARAMNET_OK) call bind_outputs(outputs)
    error = ""
    if (status /= PARAMNET_OK) error = message
  end subroutine learned_start

  !> Load a scheme that gives back what it takes, in double precision: the three outputs, named as such, bound to what the
  !> teacher left and to where the host reads. Shows that binding, packing and unpacking change no bit.
  subroutine passthrough_start(options, taken, given, error)
    type(plasim_options), intent(in) :: options
    type(column_outputs), intent(inout), target :: taken, given
    character(len=*), intent(out) :: error
    call scheme%load(trim(options%scheme), device=trim(options%device), threads=int(options%threads, int32), &
                     precision="float64", status=status, message=message)
    if (status == PARAMNET_OK) call check_levels()
    allocate (taken%heating(NHOR, NLEV), taken%moistening(NHOR, NLEV), taken%rain(NHOR, NLEV), source=0.0_real64)
    call bind_profile(heating_name, "K s-1", taken%heating)
    call bind_profile(moistening_name, "kg kg-1 s-1", taken%moistening)
    call bind_profile(rain_name, "kg kg-1 s-1", taken%rain)
    if (status == PARAMNET_OK) call bind_outputs(given)
    error = ""
    if (status /= PARAMNET_OK) error = message
  end subroutine passthrough_start

  subroutine check_levels()
    call scheme%check_pressure(real(dp, real64), spread(dp, 2, NLEV)*spread(sigma, 1, NHOR), status=status, &
                               message=message)
  end subroutine check_levels

  subroutine check_host()
    call check_levels()
    call check("time_step", real(day_24hr, real64)/mtspd)
    call check("tendency_interval", 2.0_real64*real(day_24hr, real64)/mtspd)
    call check("gravity", real(ga, real64))
    call check("gas_constant_of_dry_air", real(gascon, real64))
    call check("specific_heat_of_dry_air", real(gascon/akap, real64))
    call check("latent_heat_of_vaporization", real(alv, real64))
  end subroutine check_host

  subroutine check(name, value)
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    if (status == PARAMNET_OK) call scheme%check_constant(name, value, status=status, message=message)
  end subroutine check

  subroutine bind_inputs(inputs)
    type(column_inputs), intent(inout), target :: inputs
    call bind_profile("air_temperature", "K", inputs%temperature)
    call bind_profile("specific_humidity", "kg kg-1", inputs%humidity)
    call bind_profile("tendency_of_air_temperature_so_far", "K s-1", inputs%heating_so_far)
    call bind_profile("tendency_of_specific_humidity_so_far", "kg kg-1 s-1", inputs%moistening_so_far)
    call bind_profile("tendency_of_specific_humidity_due_to_advection", "kg kg-1 s-1", inputs%advection)
    call bind_surface("surface_air_pressure", "Pa", inputs%surface_pressure)
    call bind_surface("surface_temperature", "K", inputs%surface_temperature)
    call bind_surface("surface_specific_humidity", "kg kg-1", inputs%surface_humidity)
  end subroutine bind_inputs

  subroutine bind_outputs(outputs)
    type(column_outputs), intent(inout), target :: outputs
    allocate (outputs%heating(NHOR, NLEV), outputs%moistening(NHOR, NLEV), outputs%rain(NHOR, NLEV), source=0.0_real64)
    call bind_output(heating_name, "K s-1", outputs%heating)
    call bind_output(moistening_name, "kg kg-1 s-1", outputs%moistening)
    call bind_output(rain_name, "kg kg-1 s-1", outputs%rain)
  end subroutine bind_outputs

  subroutine bind_profile(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
    if (status == PARAMNET_OK) call scheme%bind_input(name, units, array, status=status, message=message)
  end subroutine bind_profile

  subroutine bind_surface(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:)
    if (status == PARAMNET_OK) call scheme%bind_input(name, units, array, status=status, message=message)
  end subroutine bind_surface

  subroutine bind_output(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
    if (status == PARAMNET_OK) call scheme%bind_output(name, units, array, status=status, message=message)
  end subroutine bind_output

  !> The training range of each output by level, widened by margin.
  subroutine learned_limits(margin, lower, upper, error)
    real(real64), intent(in) :: margin
    real(real64), intent(out) :: lower(NLEV, 3), upper(NLEV, 3) !< (level, heating | moistening | rain)
    character(len=*), intent(out) :: error
    integer :: i
    call limits_of(heating_name, lower(:, 1), upper(:, 1))
    call limits_of(moistening_name, lower(:, 2), upper(:, 2))
    call limits_of(rain_name, lower(:, 3), upper(:, 3))
    do i = 1, 3
      call widen_limits(lower(:, i), upper(:, i), margin)
    end do
    error = ""
    if (status /= PARAMNET_OK) error = message
  end subroutine learned_limits

  subroutine limits_of(name, lower, upper)
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: lower(:), upper(:)
    if (status == PARAMNET_OK) call scheme%output_limits(name, lower, upper, status=status, message=message)
  end subroutine limits_of

  !> Evaluate all columns. Marked columns had a value that is not finite, in or out; their outputs are zero.
  subroutine learned_run(input_marked, output_marked, outside, error)
    logical, intent(out) :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    character(len=*), intent(out) :: error
    integer(int32) :: flags(NHOR)
    flags = 0
    call scheme%run(int(NHOR, int32), flags, status=status, message=message)
    input_marked = iand(flags, PARAMNET_FLAG_NONFINITE_INPUT) /= 0
    output_marked = iand(flags, PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0
    outside = iand(flags, PARAMNET_FLAG_OUTSIDE_ENVELOPE) /= 0
    error = ""
    if (status /= PARAMNET_OK) error = message
  end subroutine learned_run

  subroutine learned_stop()
    call scheme%free()
  end subroutine learned_stop

end module paramnet_plasim_learned

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> A learned scheme in the host's terms: which of its arrays are the contract's inputs and outputs.
!> A scheme of PlaSim's convection replaces kuo; a scheme of all physics (paramnet_plasim_physics) replaces more.
module paramnet_plasim_learned
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV
  use paramnet_message, only: sentence
  use paramnet_plasim_carried, only: carried_start, carried_save
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_limits, only: widen_limits
  use paramnet_plasim_options, only: plasim_options
  use paramnet_plasim_physics, only: replaces_all_physics, physics_start, physics_limits
  use paramnet_plasim_ramp, only: ramp_save
  use paramnet_plasim_restart, only: restart_save_scheme
  use paramnet_plasim_scheme, only: scheme_load, scheme_check_host, bind_input, bind_output, scheme_limits, scheme_error
  implicit none
  private
  public :: learned_start, passthrough_start, learned_limits, learned_save

  character(len=*), parameter :: heating_name = "tendency_of_air_temperature_due_to_convection"
  character(len=*), parameter :: moistening_name = "tendency_of_specific_humidity_due_to_convection"
  character(len=*), parameter :: rain_name = "convective_precipitation_production"

contains

  !> Load, check grid, time step and constants, bind the arrays, restore the scheme's state; error is empty when the scheme
  !> fits this host.
  !> inputs and outputs must keep their addresses.
  subroutine learned_start(options, inputs, outputs, error)
    type(plasim_options), intent(in) :: options
    type(column_inputs), intent(inout), target :: inputs
    type(column_outputs), intent(inout), target :: outputs
    character(len=*), intent(out) :: error
    call scheme_load(options, options%precision)
    call scheme_check_host()
    allocate (outputs%heating(NHOR, NLEV), outputs%moistening(NHOR, NLEV), outputs%rain(NHOR, NLEV), source=0.0_real64)
    error = ""
    if (replaces_all_physics() .and. options%ramp_days > 0.0_real64) then
      error = sentence("ramp_days", expected="0 with a scheme of all physics, as ramps are of convection")
    else if (replaces_all_physics()) then
      call physics_start(options, inputs, outputs, error)
    else
      call bind_inputs(inputs)
      call bind_outputs(outputs)
    end if
    if (error == "") error = scheme_error()
    if (error == "") call carried_start(options, error)
  end subroutine learned_start

  !> Load an identity scheme in double precision. Its inputs are bound to the teacher's three outputs, its outputs to the
  !> arrays that the host reads. Shows that binding, packing and unpacking change no bit.
  subroutine passthrough_start(options, taken, given, error)
    type(plasim_options), intent(in) :: options
    type(column_outputs), intent(inout), target :: taken, given
    character(len=*), intent(out) :: error
    call scheme_load(options, "float64")
    allocate (taken%heating(NHOR, NLEV), taken%moistening(NHOR, NLEV), taken%rain(NHOR, NLEV), source=0.0_real64)
    allocate (given%heating(NHOR, NLEV), given%moistening(NHOR, NLEV), given%rain(NHOR, NLEV), source=0.0_real64)
    call bind_input(heating_name, "K s-1", taken%heating)
    call bind_input(moistening_name, "kg kg-1 s-1", taken%moistening)
    call bind_input(rain_name, "kg kg-1 s-1", taken%rain)
    call bind_outputs(given)
    error = scheme_error()
  end subroutine passthrough_start

  !> Called while the host writes its restart file.
  subroutine learned_save(options)
    type(plasim_options), intent(in) :: options
    call restart_save_scheme(options%scheme_digest)
    call ramp_save()
    call carried_save()
  end subroutine learned_save

  subroutine bind_inputs(inputs)
    type(column_inputs), intent(inout), target :: inputs
    call bind_input("air_temperature", "K", inputs%temperature)
    call bind_input("specific_humidity", "kg kg-1", inputs%humidity)
    call bind_input("tendency_of_air_temperature_so_far", "K s-1", inputs%heating_so_far)
    call bind_input("tendency_of_specific_humidity_so_far", "kg kg-1 s-1", inputs%moistening_so_far)
    call bind_input("tendency_of_specific_humidity_due_to_advection", "kg kg-1 s-1", inputs%advection)
    call bind_input("surface_air_pressure", "Pa", inputs%surface_pressure)
    call bind_input("surface_temperature", "K", inputs%surface_temperature)
    call bind_input("surface_specific_humidity", "kg kg-1", inputs%surface_humidity)
  end subroutine bind_inputs

  subroutine bind_outputs(outputs)
    type(column_outputs), intent(inout), target :: outputs
    call bind_output(heating_name, "K s-1", outputs%heating)
    call bind_output(moistening_name, "kg kg-1 s-1", outputs%moistening)
    call bind_output(rain_name, "kg kg-1 s-1", outputs%rain)
  end subroutine bind_outputs

  !> The training range of each output by level, widened by margin.
  subroutine learned_limits(margin, lower, upper, error)
    real(real64), intent(in) :: margin
    real(real64), intent(out) :: lower(NLEV, 3), upper(NLEV, 3) !< (level, heating | moistening | rain)
    character(len=*), intent(out) :: error
    integer :: i
    if (replaces_all_physics()) then
      call physics_limits(lower, upper)
    else
      call scheme_limits(heating_name, lower(:, 1), upper(:, 1))
      call scheme_limits(moistening_name, lower(:, 2), upper(:, 2))
      call scheme_limits(rain_name, lower(:, 3), upper(:, 3))
    end if
    do i = 1, 3
      call widen_limits(lower(:, i), upper(:, i), margin)
    end do
    error = scheme_error()
  end subroutine learned_limits

end module paramnet_plasim_learned

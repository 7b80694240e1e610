! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Means over a few hours, for what daily means hide: rain, waves in the outgoing longwave, and each column's energy gain.
module paramnet_plasim_frequent
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, NLEP, dp, dprc, dprl, dswfl, dlwfl, dsigma, ga, gascon, akap, alv, mtspd
  use paramnet_plasim_file, only: output_file
  use paramnet_plasim_grid, only: time_in_days, tell_dropped
  use paramnet_plasim_tendencies, only: heating_by_physics, moistening_by_physics
  implicit none
  private
  public :: frequent_open, frequent_step, frequent_close

  integer, parameter :: fields = 5
  character(len=48), parameter :: names(fields) = [character(len=48) :: &
    "precipitation_flux", "toa_outgoing_longwave_flux", "column_heating_by_physics", "column_moistening_by_physics", &
    "radiative_flux_convergence"]
  character(len=80), parameter :: long_names(fields) = [character(len=80) :: &
    "precipitation", "outgoing longwave", "cp times heating of the column by all but surface fluxes and diffusion", &
    "Lv times moistening of the column by all but surface fluxes and diffusion", "net radiation that enters the column"]
  character(len=12), parameter :: units(fields) = [character(len=12) :: "kg m-2 s-1", "W m-2", "W m-2", "W m-2", "W m-2"]
  real(real64), parameter :: water_density = 1000.0_real64 !< kg m-3: the host's water fluxes are in m s-1

  type(output_file) :: file
  real(real64) :: sums(NHOR, fields) = 0.0_real64, began = 0.0_real64
  integer :: steps = 0
  logical :: opened = .false.

contains

  subroutine frequent_open(path)
    character(len=*), intent(in) :: path
    integer :: i
    call file%create(path, "Means over a few hours of the coupled run", with_bounds=.true., surface_pressure="")
    do i = 1, fields
      call file%add_variable(trim(names(i)), merge(names(i), repeat(" ", 48), i <= 2), long_names(i), units(i), .false., "mean")
    end do
    opened = .true.
  end subroutine frequent_open

  !> Add the completed step; write a record every frequent_every steps.
  subroutine frequent_step(frequent_every)
    integer, intent(in) :: frequent_every
    real(real64) :: ended
    integer :: i
    if (.not. opened) return
    if (steps == 0) began = time_in_days()
    call accumulate()
    steps = steps + 1
    if (steps < frequent_every) return
    ended = began + real(steps, real64)/mtspd
    call file%begin_record(0.5_real64*(began + ended), [began, ended])
    do i = 1, fields
      call file%write_field(trim(names(i)), sums(:, i)/steps, 1)
    end do
    call file%flush_record()
    sums = 0.0_real64
    steps = 0
  end subroutine frequent_step

  subroutine accumulate()
    real(real64) :: mass(NHOR, NLEV)
    mass = spread(dsigma, 1, NHOR)*spread(dp, 2, NLEV)/ga
    sums(:, 1) = sums(:, 1) + (dprc + dprl)*water_density
    sums(:, 2) = sums(:, 2) - dlwfl(:, 1)
    sums(:, 3) = sums(:, 3) + sum(heating_by_physics*mass, 2)*(gascon/akap)
    sums(:, 4) = sums(:, 4) + sum(moistening_by_physics*mass, 2)*alv
    sums(:, 5) = sums(:, 5) + dswfl(:, 1) + dlwfl(:, 1) - dswfl(:, NLEP) - dlwfl(:, NLEP)
  end subroutine accumulate

  subroutine frequent_close()
    if (opened) call file%close_file()
    if (opened) call tell_dropped("frequent", steps)
    opened = .false.
  end subroutine frequent_close

end module paramnet_plasim_frequent

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Means of the model's climate over history_every steps, on the Gaussian grid, with CF signs and names.
module paramnet_plasim_history
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, NLEP, du, dv, dt, dq, dp, dls, dprc, dprl, dprs, devap, dshfl, dlhfl, dswfl, dlwfl, dcc, &
                     dicec, dsigma, ga, gascon, akap, mtspd
  use paramnet_plasim_file, only: output_file
  use paramnet_plasim_grid, only: time_in_days, tell_dropped
  use paramnet_plasim_tendencies, only: heating_by_physics, moistening_by_physics
  implicit none
  private
  public :: history_open, history_step, history_close

  integer, parameter :: profiles = 7, surfaces = 19
  character(len=48), parameter :: profile_name(profiles) = [character(len=48) :: &
    "air_temperature", "specific_humidity", "eastward_wind", "northward_wind", "heating_by_physics", &
    "moistening_by_physics", "square_of_heating_by_physics"]
  character(len=12), parameter :: profile_units(profiles) = [character(len=12) :: &
    "K", "kg kg-1", "m s-1", "m s-1", "K s-1", "kg kg-1 s-1", "K2 s-2"]
  integer, parameter :: standard_profiles = 4 !< the first ones have CF's standard names
  character(len=48), parameter :: surface_name(surfaces) = [character(len=48) :: &
    "precipitation_flux", "convective_precipitation_flux", "snowfall_flux", "surface_air_pressure", &
    "surface_temperature", "water_evaporation_flux", "toa_net_downward_shortwave_flux", &
    "toa_outgoing_longwave_flux", "surface_net_downward_shortwave_flux", "surface_net_downward_longwave_flux", &
    "surface_upward_sensible_heat_flux", "surface_upward_latent_heat_flux", &
    "atmosphere_mass_content_of_water_vapor", "atmosphere_enthalpy_content", "atmosphere_kinetic_energy_content", &
    "cloud_area_fraction", "sea_ice_area_fraction", "land_area_fraction", "atmosphere_mass_per_unit_area"]
  character(len=12), parameter :: surface_units(surfaces) = [character(len=12) :: &
    "kg m-2 s-1", "kg m-2 s-1", "kg m-2 s-1", "Pa", "K", "kg m-2 s-1", "W m-2", "W m-2", "W m-2", "W m-2", "W m-2", &
    "W m-2", "kg m-2", "J m-2", "J m-2", "1", "1", "1", "kg m-2"]
  real(real64), parameter :: water_density = 1000.0_real64 !< kg m-3: the host's water fluxes are in m s-1

  type(output_file) :: file
  real(real64), allocatable :: profile_sum(:, :, :) !< (column, level, variable)
  real(real64), allocatable :: surface_sum(:, :)    !< (column, variable)
  real(real64) :: mass(NHOR, NLEV)                  !< kg m-2, work space
  integer :: steps = 0
  real(real64) :: began = 0.0_real64
  logical :: opened = .false.

contains

  subroutine history_open(path)
    character(len=*), intent(in) :: path
    integer :: i
    call file%create(path, "Means of the coupled run", with_bounds=.true., surface_pressure="surface_air_pressure")
    do i = 1, profiles
      call file%add_variable(trim(profile_name(i)), merge(profile_name(i), repeat(" ", 48), i <= standard_profiles), &
                             profile_name(i), profile_units(i), .true., "mean")
    end do
    do i = 1, surfaces
      call file%add_variable(trim(surface_name(i)), surface_name(i), surface_name(i), surface_units(i), .false., "mean")
    end do
    allocate (profile_sum(NHOR, NLEV, profiles), surface_sum(NHOR, surfaces), source=0.0_real64)
    opened = .true.
  end subroutine history_open

  !> Add the completed step; write a record every history_every steps.
  subroutine history_step(history_every)
    integer, intent(in) :: history_every
    real(real64) :: ended
    integer :: i
    if (.not. opened) return
    if (steps == 0) began = time_in_days()
    call accumulate()
    steps = steps + 1
    if (steps < history_every) return
    ended = began + real(steps, real64)/mtspd
    call file%begin_record(0.5_real64*(began + ended), [began, ended])
    do i = 1, profiles
      call file%write_field(trim(profile_name(i)), profile_sum(:, :, i)/steps, NLEV)
    end do
    do i = 1, surfaces
      call file%write_field(trim(surface_name(i)), surface_sum(:, i)/steps, 1)
    end do
    call file%flush_record()
    profile_sum = 0.0_real64
    surface_sum = 0.0_real64
    steps = 0
  end subroutine history_step

  !> Host fluxes are positive downward; where the CF name says upward, the sign is reversed.
  subroutine accumulate()
    mass = spread(dsigma, 1, NHOR)*spread(dp, 2, NLEV)/ga
    profile_sum(:, :, 1) = profile_sum(:, :, 1) + dt(:, 1:NLEV)
    profile_sum(:, :, 2) = profile_sum(:, :, 2) + dq(:, 1:NLEV)
    profile_sum(:, :, 3) = profile_sum(:, :, 3) + du(:, 1:NLEV)
    profile_sum(:, :, 4) = profile_sum(:, :, 4) + dv(:, 1:NLEV)
    profile_sum(:, :, 5) = profile_sum(:, :, 5) + heating_by_physics
    profile_sum(:, :, 6) = profile_sum(:, :, 6) + moistening_by_physics
    profile_sum(:, :, 7) = profile_sum(:, :, 7) + heating_by_physics**2
    call add(1, (dprc + dprl)*water_density)
    call add(2, dprc*water_density)
    call add(3, dprs*water_density)
    call add(4, dp)
    call add(5, dt(:, NLEP))
    call add(6, -devap*water_density)
    call add(7, dswfl(:, 1))
    call add(8, -dlwfl(:, 1))
    call add(9, dswfl(:, NLEP))
    call add(10, dlwfl(:, NLEP))
    call add(11, -dshfl)
    call add(12, -dlhfl)
    call add(13, sum(dq(:, 1:NLEV)*mass, 2))
    call add(14, sum(dt(:, 1:NLEV)*mass, 2)*(gascon/akap))
    call add(15, 0.5_real64*sum((du(:, 1:NLEV)**2 + dv(:, 1:NLEV)**2)*mass, 2))
    call add(16, dcc(:, NLEP))
    call add(17, dicec)
    call add(18, dls)
    call add(19, dp/ga)
  end subroutine accumulate

  subroutine add(i, values)
    integer, intent(in) :: i
    real(real64), intent(in) :: values(NHOR)
    surface_sum(:, i) = surface_sum(:, i) + values
  end subroutine add

  subroutine history_close()
    if (opened) call file%close_file()
    if (opened) call tell_dropped("history", steps)
    opened = .false.
  end subroutine history_close

end module paramnet_plasim_history

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> A scheme that replaces all of the host's physics except surface fluxes and vertical diffusion: radiation, convection and
!> condensation in one, with the inputs and outputs of Rasp, Pritchard & Gentine (2018), contract rasp2018_plasim
!> or rasp2018_plasim_fusion.
!>
!> The host's radiation is then not computed, only the sun's position. The scheme's heating is the total, its four radiative
!> fluxes replace the host's for the surface and the output, and its rain is what reaches the ground.
module paramnet_plasim_physics
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, NLEP, nrestart, TMELT, dt, dv, dp, dsigma, dshfl, dlhfl, dswfl, dlwfl, dflux, dfu, &
                     dfd, dftu, dftd, ga
  use radmod, only: gmu0, gdist2, gsol0, ndcycle, dtdtswr, dtdtlwr
  use rainmod, only: dprcl, dprscl, nprl, ndca, nevapprec
  use paramnet_message, only: sentence
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_options, only: plasim_options
  use paramnet_plasim_restart, only: restart_holds
  use paramnet_plasim_scheme, only: scheme_gives, bind_input, bind_output, scheme_limits
  implicit none
  private
  public :: replaces_all_physics, physics_start, physics_limits, physics_inputs, physics_rain, physics_apply, physics_sun, &
            physics_save

  character(len=*), parameter :: heating_name = "tendency_of_air_temperature"
  character(len=*), parameter :: moistening_name = "tendency_of_specific_humidity"
  character(len=*), parameter :: rain_name = "precipitation_rate"
  character(len=*), parameter :: fusion_name = "heat_of_fusion"
  character(len=*), parameter :: kept_name(2) = ["paramnetshf", "paramnetlhf"] !< in the host's restart file
  real(real64), parameter :: water_density = 1000.0_real64 !< kg m-3: precipitation is in m s-1

  real(real64), target :: wind(NHOR, NLEV), insolation(NHOR), sensible(NHOR), latent(NHOR) !< inputs; fluxes upward
  real(real64), target :: solar_top(NHOR), solar_ground(NHOR), thermal_top(NHOR), thermal_ground(NHOR) !< W m-2; up: thermal
  real(real64), target :: rain(NHOR)                                                       !< m s-1
  real(real64), target :: fusion(NHOR) !< W m-2, in the heating already: a scheme gives it to close its energy, nothing here reads it
  real(real64) :: kept(NHOR, 2) = 0.0_real64 !< upward fluxes of sensible and latent heat of the previous step
  logical :: keeping = .false.

contains

  !> Return True for a scheme of all physics: it has an output that a convection scheme lacks.
  logical function replaces_all_physics()
    replaces_all_physics = scheme_gives(rain_name)
  end function replaces_all_physics

  subroutine physics_start(options, inputs, outputs, error)
    type(plasim_options), intent(in) :: options
    type(column_inputs), intent(inout), target :: inputs
    type(column_outputs), intent(inout), target :: outputs
    character(len=*), intent(inout) :: error
    if (options%mode /= "learned") error = sentence("mode '"//trim(options%mode)//"'", &
      expected="a scheme of convection, as the teacher it is compared with is", got="one of all physics", &
      remedy="use mode 'learned'")
    if (nprl /= 0 .or. ndca /= 0 .or. nevapprec /= 0) error = sentence("a scheme of all physics", &
      expected="nprl=0, ndca=0, nevapprec=0 in rainmod_namelist, as condensation and dry mixing are the scheme's", &
      remedy="use host=plasim_sp_aquaplanet")
    if (ndcycle /= 1) error = sentence("a scheme of all physics", &
      expected="a sun that rises and sets, ndcycle=1 in radmod_namelist")
    if (error /= "") return
    call bind_input("air_temperature", "K", inputs%temperature)
    call bind_input("specific_humidity", "kg kg-1", inputs%humidity)
    call bind_input("northward_wind", "m s-1", wind)
    call bind_input("surface_air_pressure", "Pa", inputs%surface_pressure)
    call bind_input("toa_incoming_shortwave_flux", "W m-2", insolation)
    call bind_input("surface_upward_sensible_heat_flux", "W m-2", sensible)
    call bind_input("surface_upward_latent_heat_flux", "W m-2", latent)
    call bind_output(heating_name, "K s-1", outputs%heating)
    call bind_output(moistening_name, "kg kg-1 s-1", outputs%moistening)
    call bind_output("toa_net_downward_shortwave_flux", "W m-2", solar_top)
    call bind_output("surface_net_downward_shortwave_flux", "W m-2", solar_ground)
    call bind_output("toa_net_upward_longwave_flux", "W m-2", thermal_top)
    call bind_output("surface_net_upward_longwave_flux", "W m-2", thermal_ground)
    call bind_output(rain_name, "m s-1", rain)
    if (scheme_gives(fusion_name)) call bind_output(fusion_name, "W m-2", fusion)
    if (nrestart > 0) call restore()
  end subroutine physics_start

  !> Training ranges, (level, heating | moistening | rain); the rain's in the lowest layer, for the least surface pressure.
  subroutine physics_limits(lower, upper)
    real(real64), intent(out) :: lower(NLEV, 3), upper(NLEV, 3)
    real(real64) :: least(1), most(1)
    lower = 0.0_real64
    upper = 0.0_real64
    least = 0.0_real64
    most = 0.0_real64
    call scheme_limits(heating_name, lower(:, 1), upper(:, 1))
    call scheme_limits(moistening_name, lower(:, 2), upper(:, 2))
    call scheme_limits(rain_name, least, most)
    upper(NLEV, 3) = most(1)*water_density*ga/(5.0e4_real64*dsigma(NLEV))
  end subroutine physics_limits

  !> Fill the inputs that a convection scheme lacks. Heat fluxes are those of the previous step, as in the training data.
  subroutine physics_inputs()
    wind = dv(:, 1:NLEV)
    insolation = gsol0*gdist2*gmu0
    if (.not. keeping) call keep_fluxes()
    sensible = kept(:, 1)
    latent = kept(:, 2)
    call keep_fluxes()
  end subroutine physics_inputs

  subroutine keep_fluxes()
    kept(:, 1) = -dshfl
    kept(:, 2) = -dlhfl
    keeping = .true.
  end subroutine keep_fluxes

  !> The host expects rain as vapour lost by level, kg kg-1 s-1: all of it goes into the lowest layer.
  subroutine physics_rain(outputs)
    type(column_outputs), intent(inout) :: outputs
    outputs%rain = 0.0_real64
    outputs%rain(:, NLEV) = rain*water_density*ga/(dp*dsigma(NLEV))
  end subroutine physics_rain

  !> After the tendencies: set the phase of precipitation, so that the host adds no heat of melting or freezing, and
  !> the radiative fluxes of the columns that are not marked (marked ones keep the host's own).
  subroutine physics_apply(marked)
    logical, intent(in) :: marked(NHOR)
    dprscl = merge(dprcl, 0.0_real64, spread(dt(:, NLEP) <= TMELT, 2, NLEV))
    where (.not. marked)
      dswfl(:, 1) = solar_top
      dswfl(:, NLEP) = solar_ground
      dlwfl(:, 1) = -thermal_top
      dlwfl(:, NLEP) = -thermal_ground
      dflux(:, 1) = dswfl(:, 1) + dlwfl(:, 1)
      dflux(:, NLEP) = dswfl(:, NLEP) + dlwfl(:, NLEP)
    end where
  end subroutine physics_apply

  !> Replace the host's radiation: compute the sun's position; the scheme fills the fluxes later.
  subroutine physics_sun()
    call solang()
    dswfl = 0.0_real64
    dlwfl = 0.0_real64
    dflux = 0.0_real64
    dfu = 0.0_real64
    dfd = 0.0_real64
    dftu = 0.0_real64
    dftd = 0.0_real64
    dtdtswr = 0.0_real64
    dtdtlwr = 0.0_real64
  end subroutine physics_sun

  !> Called while the host writes its restart file.
  subroutine physics_save()
    call mpputgp(kept_name(1), kept(:, 1:1), NHOR, 1)
    call mpputgp(kept_name(2), kept(:, 2:2), NHOR, 1)
  end subroutine physics_save

  !> A run that continues from another scheme's restart has no kept fluxes: its first step uses its own. Collective.
  subroutine restore()
    if (.not. restart_holds(kept_name(1))) return
    call mpgetgp(kept_name(1), kept(:, 1:1), NHOR, 1)
    call mpgetgp(kept_name(2), kept(:, 2:2), NHOR, 1)
    keeping = .true.
  end subroutine restore

end module paramnet_plasim_physics

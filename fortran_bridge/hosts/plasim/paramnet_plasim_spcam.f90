! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> History files in the schema of SPCAM's daily h1 files, so that readers of those also read a superparameterized PlaSim.
!>
!> Physics here is what a network replaces: the cloud-resolving model and the radiation. The state before it is the one
!> that the host's physics sees at the start of its step, TAP = T + TPHYSTND dt and QAP = q + PHQ dt; surface fluxes and
!> vertical diffusion (DTV, VD01) are separate. Fluxes, tendencies and rain are those of the step.
module paramnet_plasim_spcam
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, NLEP, NLAT, gwd, dt, dq, du, dv, dp, dls, dtdt, dqdt, dtdtswr, dtdtlwr, dswfl, dlwfl, dshfl, &
                     dlhfl, dprc, dprl, sigma, mtspd, day_24hr
  use radmod, only: gmu0, gdist2, gsol0
  use paramnet_plasim_file, only: output_file
  use paramnet_plasim_grid, only: sigma_interface, steps_since_epoch
  use paramnet_plasim_tendencies, only: heating_by_physics, moistening_by_physics
  implicit none
  private
  public :: spcam_wanted, spcam_before, spcam_write, spcam_close

  integer, parameter :: days_per_year = 365, month_length(12) = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  character(len=*), parameter :: calendar = "noleap", time_units = "days since 0000-01-01 00:00:00"

  type(output_file) :: file
  integer :: open_day = -1                             !< days since 0000-01-01 of the file that is open; -1: none
  real(real64), dimension(NHOR, NLEV) :: temperature, vapour, eastward, northward, diffused_t, diffused_q
  real(real64), dimension(NHOR) :: pressure, insolation, sensible, latent
  logical :: taken = .false.                           !< the current step is to be written

contains

  !> Every `every`th step, counted from 0001-01-01, and the step before it, whose surface fluxes it needs.
  logical function spcam_wanted(every, first)
    integer, intent(in) :: every, first
    integer :: step
    step = steps_since_epoch()
    spcam_wanted = step >= first .and. (modulo(step, every) == 0 .or. modulo(step + 1, every) == 0)
  end function spcam_wanted

  !> After surface fluxes, diffusion and radiation, before the cloud-resolving model.
  subroutine spcam_before()
    taken = .true.
    temperature = dt(:, 1:NLEV)
    vapour = dq(:, 1:NLEV)
    eastward = du(:, 1:NLEV)
    northward = dv(:, 1:NLEV)
    pressure = dp
    insolation = gsol0*gdist2*gmu0
    sensible = -dshfl
    latent = -dlhfl
    diffused_t = dtdt(:, 1:NLEV) - dtdtswr - dtdtlwr
    diffused_q = dqdt(:, 1:NLEV)
  end subroutine spcam_before

  !> At the end of the step, when its rain is known.
  subroutine spcam_write()
    real(real64) :: step
    integer :: day
    if (.not. taken) return
    taken = .false.
    step = real(day_24hr, real64)/mtspd
    day = days_per_year + steps_since_epoch()/mtspd ! the year 0 of this calendar
    if (day /= open_day) call open_file(day)
    call file%begin_record(days_per_year + real(steps_since_epoch() + 1, real64)/mtspd) ! stamped at the step's end
    call file%write_field("TAP", temperature + heating_by_physics*step, NLEV)
    call file%write_field("QAP", vapour + moistening_by_physics*step, NLEV)
    call file%write_field("UAP", eastward, NLEV)
    call file%write_field("VAP", northward, NLEV)
    call file%write_field("TPHYSTND", heating_by_physics, NLEV)
    call file%write_field("PHQ", moistening_by_physics, NLEV)
    call file%write_field("QRS", real(dtdtswr, real64), NLEV)
    call file%write_field("QRL", real(dtdtlwr, real64), NLEV)
    call file%write_field("DTV", diffused_t, NLEV)
    call file%write_field("VD01", diffused_q, NLEV)
    call file%write_field("PS", pressure, 1)
    call file%write_field("SOLIN", insolation, 1)
    call file%write_field("SHFLX", sensible, 1)
    call file%write_field("LHFLX", latent, 1)
    call file%write_field("FSNT", real(dswfl(:, 1), real64), 1)
    call file%write_field("FSNS", real(dswfl(:, NLEP), real64), 1)
    call file%write_field("FLNT", real(-dlwfl(:, 1), real64), 1)
    call file%write_field("FLNS", real(-dlwfl(:, NLEP), real64), 1)
    call file%write_field("PRECT", real(dprc + dprl, real64), 1)
    call file%write_field("TS", real(dt(:, NLEP), real64), 1)
    call file%write_field("LANDFRAC", real(dls, real64), 1)
  end subroutine spcam_write

  subroutine open_file(day)
    integer, intent(in) :: day
    call spcam_close()
    open_day = day
    call file%create("plasim.cam2.h1."//date_of(day)//"-00000.nc", "Steps of a superparameterized PlaSim in the schema of "// &
                     "SPCAM's h1 files", .false., "PS", time_units, calendar)
    call file%add_axis("ilev", "hybrid level at interfaces, 1000 (A + B)", "level", 1000.0_real64*sigma_interface)
    call file%add_numbers("hyam", "lev", "hybrid A coefficient at layer midpoints", "1", spread(0.0_real64, 1, NLEV))
    call file%add_numbers("hybm", "lev", "hybrid B coefficient at layer midpoints", "1", real(sigma, real64))
    call file%add_numbers("hyai", "ilev", "hybrid A coefficient at layer interfaces", "1", spread(0.0_real64, 1, NLEV + 1))
    call file%add_numbers("hybi", "ilev", "hybrid B coefficient at layer interfaces", "1", sigma_interface)
    call file%add_numbers("P0", "", "reference pressure", "Pa", [1.0e5_real64])
    ! Symmetric about the equator, so that the order of latitudes does not matter.
    call file%add_numbers("gw", "lat", "Gaussian weights", "1", real(gwd, real64)*(2.0_real64/sum(gwd)))
    call profile("TAP", "temperature after physics", "K", "point")
    call profile("QAP", "specific humidity after physics", "kg kg-1", "point")
    call profile("UAP", "zonal wind", "m s-1", "point")
    call profile("VAP", "meridional wind", "m s-1", "point")
    call profile("TPHYSTND", "temperature tendency by cloud-resolving model and radiation", "K s-1", "mean")
    call profile("PHQ", "humidity tendency by the cloud-resolving model", "kg kg-1 s-1", "mean")
    call profile("QRS", "solar heating rate", "K s-1", "mean")
    call profile("QRL", "longwave heating rate", "K s-1", "mean")
    call profile("DTV", "temperature tendency by surface flux and vertical diffusion", "K s-1", "mean")
    call profile("VD01", "humidity tendency by surface flux and vertical diffusion", "kg kg-1 s-1", "mean")
    call surface("PS", "surface pressure", "Pa")
    call surface("SOLIN", "insolation", "W m-2")
    call surface("SHFLX", "surface sensible heat flux, upward", "W m-2")
    call surface("LHFLX", "surface latent heat flux, upward", "W m-2")
    call surface("FSNT", "net solar flux at the top of the model, downward", "W m-2")
    call surface("FSNS", "net solar flux at the surface, downward", "W m-2")
    call surface("FLNT", "net longwave flux at the top of the model, upward", "W m-2")
    call surface("FLNS", "net longwave flux at the surface, upward", "W m-2")
    call surface("PRECT", "precipitation rate", "m s-1")
    call surface("TS", "surface temperature", "K")
    call surface("LANDFRAC", "fraction of the column's area that is land", "fraction")
  end subroutine open_file

  subroutine profile(name, long_name, units, method)
    character(len=*), intent(in) :: name, long_name, units, method
    call file%add_variable(name, "", long_name, units, .true., method)
  end subroutine profile

  subroutine surface(name, long_name, units)
    character(len=*), intent(in) :: name, long_name, units
    call file%add_variable(name, "", long_name, units, .false., "mean")
  end subroutine surface

  !> YYYY-MM-DD of a day of the calendar.
  pure function date_of(day) result(date)
    integer, intent(in) :: day
    character(len=10) :: date
    integer :: month, rest
    rest = modulo(day, days_per_year)
    do month = 1, 12
      if (rest < month_length(month)) exit
      rest = rest - month_length(month)
    end do
    write (date, "(i4.4,'-',i2.2,'-',i2.2)") day/days_per_year, month, rest + 1
  end function date_of

  subroutine spcam_close()
    if (open_day >= 0) call file%close_file()
    open_day = -1
  end subroutine spcam_close

end module paramnet_plasim_spcam

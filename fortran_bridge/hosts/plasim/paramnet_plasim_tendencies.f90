! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Tendencies at this step from all of the host's physics except surface fluxes and vertical diffusion, for any scheme:
!> radiation, convection, condensation, dry mixing, melting and freezing of precipitation.
module paramnet_plasim_tendencies
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, dtdt, dqdt
  implicit none
  private
  public :: tendencies_begin, tendencies_end

  real(real64), public, protected :: heating_by_physics(NHOR, NLEV) = 0.0_real64    !< K s-1
  real(real64), public, protected :: moistening_by_physics(NHOR, NLEV) = 0.0_real64 !< kg kg-1 s-1
  real(real64) :: heating_before(NHOR, NLEV) = 0.0_real64, moistening_before(NHOR, NLEV) = 0.0_real64

contains

  !> Called before radiation, when only surface fluxes and diffusion have changed the rates.
  subroutine tendencies_begin()
    heating_before = dtdt(:, 1:NLEV)
    moistening_before = dqdt(:, 1:NLEV)
  end subroutine tendencies_begin

  !> Called after precipitation.
  subroutine tendencies_end()
    heating_by_physics = dtdt(:, 1:NLEV) - heating_before
    moistening_by_physics = dqdt(:, 1:NLEV) - moistening_before
  end subroutine tendencies_end

end module paramnet_plasim_tendencies

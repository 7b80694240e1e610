!> Numbers shared by all parts of the cloud-resolving model: kinds, lanes, physical constants.
!>
!> The model works on `lanes` host columns at once, innermost in every array, so that each statement is a vector
!> operation over independent columns.
module paramnet_crm_constants
  use, intrinsic :: iso_fortran_env, only: real32, real64
  implicit none
  public

  integer, parameter :: sp = real32, dp = real64
  integer, parameter :: lanes = 16

  ! The host's values (PlaSim), so that energy means the same on both sides.
  real(sp), parameter :: gravity = 9.80665_sp            ! m s-2
  real(sp), parameter :: gas_dry = 287.0_sp              ! J kg-1 K-1
  real(sp), parameter :: gas_vapour = 461.51_sp
  real(sp), parameter :: cp = 287.0_sp/0.286_sp
  real(sp), parameter :: latent_evaporation = 2.5008e6_sp   ! J kg-1
  real(sp), parameter :: latent_sublimation = 2.8345e6_sp

  ! In kelvin per unit of mixing ratio: the model's energy variable is a temperature.
  real(sp), parameter :: warming_condensation = latent_evaporation/cp
  real(sp), parameter :: warming_fusion = (latent_sublimation - latent_evaporation)/cp

  ! Origin of the energy variable: near its usual values, so that float32 keeps its digits for the changes.
  real(sp), parameter :: energy_origin = 300.0_sp        ! K
end module paramnet_crm_constants

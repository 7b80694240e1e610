!> host_convection for physics from WRF, in WRF itself and in MPAS: one row of (west-east, bottom-top) arrays, with tendencies
!> of potential temperature and of the mixing ratio.
module paramnet_host_theta
  use, intrinsic :: iso_fortran_env, only: real32, real64
  use paramnet_host, only: host_conventions, host_convection, host_replaces
  implicit none
  private
  public :: host_convection_theta, HOST_WRF_CONVENTIONS

  type(host_conventions), parameter :: HOST_WRF_CONVENTIONS = host_conventions(humidity='humidity_mixing_ratio', &
    heating_units='K s-1', rain_units='kg m-2 s-1', order='bottom_first')

  !> As host_convection, but exner (1) = T / theta, and theta_tendency (K s-1) in place of heating.
  interface host_convection_theta
    procedure theta_real32, theta_real64
  end interface host_convection_theta

contains

  subroutine theta_real32(block, time, surface_pressure, pressure, exner, temperature, humidity, theta_tendency, moistening, &
                          rain, message)
    integer, parameter :: kind = real32
    include 'paramnet_host_theta.inc'
  end subroutine theta_real32

  subroutine theta_real64(block, time, surface_pressure, pressure, exner, temperature, humidity, theta_tendency, moistening, &
                          rain, message)
    integer, parameter :: kind = real64
    include 'paramnet_host_theta.inc'
  end subroutine theta_real64
end module paramnet_host_theta

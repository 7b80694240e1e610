! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Replaces paramnet_laws in a host built without libparamnet, where no learned scheme needs them.
module paramnet_laws
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  implicit none

contains

  integer(int32) function paramnet_limit_range(ncol, levels, lower, upper, values)
    integer(int64), value :: ncol, levels
    real(real64) :: lower(levels), upper(levels), values(ncol, levels)
    paramnet_limit_range = 1
  end function paramnet_limit_range

  integer(int32) function paramnet_non_negative_water(ncol, levels, interval, mass, water, tendency)
    integer(int64), value :: ncol, levels
    real(real64), value :: interval
    real(real64), optional :: mass(ncol, levels)
    real(real64) :: water(ncol, levels), tendency(ncol, levels)
    paramnet_non_negative_water = 1
  end function paramnet_non_negative_water

  integer(int32) function paramnet_column_water_closure(ncol, levels, interval, mass, water, tendency, sink, residual)
    integer(int64), value :: ncol, levels
    real(real64), value :: interval
    real(real64) :: mass(ncol, levels), water(ncol, levels), tendency(ncol, levels), sink(ncol, levels), residual(ncol)
    paramnet_column_water_closure = 1
  end function paramnet_column_water_closure

end module paramnet_laws

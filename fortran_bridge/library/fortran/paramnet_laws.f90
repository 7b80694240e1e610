!> Physical laws on a host's own arrays: the functions of include/paramnet.h that need no scheme. Each returns PARAMNET_OK.
module paramnet_laws
  use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_int64_t
  implicit none
  private
  public :: paramnet_limit_range, paramnet_non_negative_water, paramnet_column_water_closure

  interface
    !> Clips values to [lower, upper] by level.
    function paramnet_limit_range(ncol, levels, lower, upper, values) result(status) bind(C)
      import :: c_double, c_int32_t, c_int64_t
      integer(c_int64_t), value :: ncol, levels
      real(c_double), intent(in) :: lower(levels), upper(levels)
      real(c_double), intent(inout) :: values(ncol, levels)
      integer(c_int32_t) :: status
    end function paramnet_limit_range

    !> water + interval * tendency >= 0. Deficits are filled from the other levels; without mass, from outside the column.
    function paramnet_non_negative_water(ncol, levels, interval, mass, water, tendency) result(status) bind(C)
      import :: c_double, c_int32_t, c_int64_t
      integer(c_int64_t), value :: ncol, levels
      real(c_double), value :: interval                    !< s
      real(c_double), intent(in), optional :: mass(ncol, levels) !< of the levels, in any unit
      real(c_double), intent(in) :: water(ncol, levels)    !< kg kg-1, without the tendency
      real(c_double), intent(inout) :: tendency(ncol, levels) !< kg kg-1 s-1
      integer(c_int32_t) :: status
    end function paramnet_non_negative_water

    !> sum(tendency * mass) = -sum(sink * mass); no level becomes negative, and a sink without water is reduced.
    function paramnet_column_water_closure(ncol, levels, interval, mass, water, tendency, sink, residual) &
      result(status) bind(C)
      import :: c_double, c_int32_t, c_int64_t
      integer(c_int64_t), value :: ncol, levels
      real(c_double), value :: interval                    !< s
      real(c_double), intent(in) :: mass(ncol, levels)     !< of the levels, in any unit
      real(c_double), intent(in) :: water(ncol, levels)    !< kg kg-1, without the tendency
      real(c_double), intent(inout) :: tendency(ncol, levels), sink(ncol, levels) !< kg kg-1 s-1
      real(c_double), intent(out) :: residual(ncol)        !< that was removed: sum((tendency + sink) * mass)
      integer(c_int32_t) :: status
    end function paramnet_column_water_closure
  end interface
end module paramnet_laws

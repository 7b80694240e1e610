! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Measures that keep the physics of a learned scheme, one small routine each, on plain arrays (column, level):
!> each says which columns it touched. And the convective clouds that follow from the rain.
module paramnet_plasim_limits
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: cloud_levels, limit_tendencies, keep_humidity_nonnegative, close_water

contains

  !> Convective cloud levels from the rain each level makes, as Kuo sets them: 1 where it rains, 2 at the highest such
  !> level above sigma 0.4 (cirrus); count is their number. The host divides by count where convective rain falls, so
  !> a column that rains at all, however little, keeps at least one level: the one that rains most.
  pure subroutine cloud_levels(rain, sigma, threshold, cloud, count_of_levels)
    real(real64), intent(in) :: rain(:, :)  !< (column, level), kg kg-1 s-1
    real(real64), intent(in) :: sigma(:)    !< (level), top first
    real(real64), intent(in) :: threshold   !< kg kg-1 s-1
    integer, intent(out) :: cloud(:, :), count_of_levels(:)
    integer :: column, level, top
    cloud = merge(1, 0, rain > threshold)
    do column = 1, size(rain, 1)
      if (all(cloud(column, :) == 0) .and. any(rain(column, :) > 0.0_real64)) &
        cloud(column, maxloc(rain(column, :), 1)) = 1
      count_of_levels(column) = sum(cloud(column, :))
      top = findloc(cloud(column, :), 1, 1)
      do level = 1, size(sigma)
        if (level == top .and. sigma(level) < 0.4_real64) cloud(column, level) = 2
      end do
    end do
  end subroutine cloud_levels

  !> Clip values to [lower, upper] by level, the range of the training data.
  pure subroutine limit_tendencies(values, lower, upper, touched)
    real(real64), intent(inout) :: values(:, :)    !< (column, level), finite
    real(real64), intent(in) :: lower(:), upper(:) !< (level)
    logical, intent(inout) :: touched(:)
    integer :: level
    do level = 1, size(values, 2)
      touched = touched .or. values(:, level) < lower(level) .or. values(:, level) > upper(level)
      values(:, level) = min(max(values(:, level), lower(level)), upper(level))
    end do
  end subroutine limit_tendencies

  !> Do not let the scheme's own increment take the humidity at the end of the step below zero. Where the humidity
  !> without it is negative already (the spectral host makes such), the increment may not deepen that.
  pure subroutine keep_humidity_nonnegative(moistening, humidity_without, interval, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step but for the scheme
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    logical, intent(inout) :: touched(:)
    real(real64) :: most_drying
    integer :: column, level
    do level = 1, size(moistening, 2)
      do column = 1, size(moistening, 1)
        most_drying = -max(humidity_without(column, level), 0.0_real64)/interval
        if (moistening(column, level) < most_drying) then
          moistening(column, level) = most_drying
          touched(column) = .true.
        end if
      end do
    end do
  end subroutine keep_humidity_nonnegative

  !> Make the column's vapour loss equal its rain: sum(moistening dsigma) = -sum(rain dsigma).
  !> The imbalance is taken from (given to) the levels in proportion to the vapour they would hold, so that no level
  !> is dried below zero; what a column has not got to rain is taken off the rain, in proportion.
  pure subroutine close_water(moistening, rain, humidity_without, thickness, interval, tolerance, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(inout) :: rain(:, :)          !< (column, level), kg kg-1 s-1, not negative
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step but for the scheme
    real(real64), intent(in) :: thickness(:)           !< (level), in sigma
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    real(real64), intent(in) :: tolerance              !< s-1; a smaller imbalance is mended but not counted
    logical, intent(inout) :: touched(:)
    real(real64) :: vapour(size(thickness)), store, imbalance, taken, falling
    integer :: column
    do column = 1, size(rain, 1)
      falling = sum(rain(column, :)*thickness)
      imbalance = sum(moistening(column, :)*thickness) + falling
      if (imbalance == 0.0_real64) cycle
      touched(column) = touched(column) .or. abs(imbalance) > tolerance
      vapour = max(humidity_without(column, :)/interval + moistening(column, :), 0.0_real64)
      store = sum(vapour*thickness)
      taken = min(imbalance, store)
      if (store > 0.0_real64) moistening(column, :) = moistening(column, :) - vapour*(taken/store)
      if (taken < imbalance .and. falling > 0.0_real64) &
        rain(column, :) = rain(column, :)*max(0.0_real64, 1.0_real64 - (imbalance - taken)/falling)
    end do
  end subroutine close_water

end module paramnet_plasim_limits

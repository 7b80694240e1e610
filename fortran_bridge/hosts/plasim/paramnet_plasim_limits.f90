! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Limits that keep a learned scheme physical, one small routine each, on plain arrays (column, level):
!> each reports the columns it changed. Also the convective clouds derived from the rain.
module paramnet_plasim_limits
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: cloud_levels, widen_limits, limit_tendencies, keep_humidity_nonnegative, close_water

contains

  !> Convective cloud levels from the rain formed in each level, as in Kuo's scheme (identical with threshold 0): 1 where
  !> rain exceeds threshold, 2 at the highest such level if it is above sigma 0.4 (cirrus); count_of_levels is their
  !> number, at least 1 where there is any rain, because the host divides by it there.
  pure subroutine cloud_levels(rain, sigma, threshold, cloud, count_of_levels)
    real(real64), intent(in) :: rain(:, :)  !< (column, level), kg kg-1 s-1
    real(real64), intent(in) :: sigma(:)    !< (level), top first
    real(real64), intent(in) :: threshold   !< kg kg-1 s-1
    integer, intent(out) :: cloud(:, :), count_of_levels(:)
    integer :: column, top
    cloud = merge(1, 0, rain > threshold)
    count_of_levels = sum(cloud, 2)
    where (count_of_levels == 0 .and. any(rain > 0.0_real64, 2)) count_of_levels = 1
    do column = 1, size(rain, 1)
      top = findloc(cloud(column, :), 1, 1)
      if (top > 0) cloud(column, top) = merge(2, 1, sigma(max(top, 1)) < 0.4_real64)
    end do
  end subroutine cloud_levels

  !> The training range by level, extended to include zero and widened on both sides by margin times its largest value.
  !> Otherwise, for instance where the teacher never cools, clipping would bias a network's small errors to one side.
  pure subroutine widen_limits(lower, upper, margin)
    real(real64), intent(inout) :: lower(:), upper(:) !< (level)
    real(real64), intent(in) :: margin
    real(real64) :: largest
    largest = max(maxval(abs(lower)), maxval(abs(upper)))
    lower = min(lower, 0.0_real64) - margin*largest
    upper = max(upper, 0.0_real64) + margin*largest
  end subroutine widen_limits

  !> Clip values to [lower, upper] by level.
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

  !> Limit the scheme's increment so that the humidity at the end of the step is not negative. Where the humidity
  !> without it is already negative (as happens in a spectral host), the increment must not lower it further.
  pure subroutine keep_humidity_nonnegative(moistening, humidity_without, interval, tolerance, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step without the scheme
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    real(real64), intent(in) :: tolerance              !< kg kg-1 s-1; a smaller excess is corrected but not counted
    logical, intent(inout) :: touched(:)
    real(real64) :: most_drying
    integer :: column, level
    do level = 1, size(moistening, 2)
      do column = 1, size(moistening, 1)
        most_drying = -max(humidity_without(column, level), 0.0_real64)/interval
        if (moistening(column, level) < most_drying - tolerance) touched(column) = .true.
        moistening(column, level) = max(moistening(column, level), most_drying)
      end do
    end do
  end subroutine keep_humidity_nonnegative

  !> Make the column's vapour loss equal its rain: sum(moistening dsigma) = -sum(rain dsigma).
  !> The imbalance is removed from (added to) the levels in proportion to the vapour they would hold, so that no level
  !> becomes negative. Where a column lacks the vapour for its rain, the rain is reduced in proportion.
  pure subroutine close_water(moistening, rain, humidity_without, thickness, interval, tolerance, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(inout) :: rain(:, :)          !< (column, level), kg kg-1 s-1, not negative
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step without the scheme
    real(real64), intent(in) :: thickness(:)           !< (level), in sigma
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    real(real64), intent(in) :: tolerance              !< s-1; a smaller imbalance is corrected but not counted
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

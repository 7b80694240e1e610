! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The library's limits that keep a learned scheme physical, on plain arrays (column, level), with the columns that each
!> changed. Also the convective clouds derived from the rain.
module paramnet_plasim_limits
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use paramnet_laws, only: paramnet_limit_range, paramnet_non_negative_water, paramnet_column_water_closure
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
  subroutine limit_tendencies(values, lower, upper, touched)
    real(real64), intent(inout) :: values(:, :)    !< (column, level), finite
    real(real64), intent(in) :: lower(:), upper(:) !< (level)
    logical, intent(inout) :: touched(:)
    real(real64) :: before(size(values, 1), size(values, 2))
    before = values
    call require(paramnet_limit_range(size(values, 1, int64), size(values, 2, int64), lower, upper, values))
    call touch(values, before, 0.0_real64, touched)
  end subroutine limit_tendencies

  !> Limit the scheme's increment so that the humidity at the end of the step is not negative. Where the humidity
  !> without it is already negative (as happens in a spectral host), the increment must not lower it further.
  !> The water comes from outside the column; with water_closure the column returns it (docs/developer/decisions.md).
  subroutine keep_humidity_nonnegative(moistening, humidity_without, interval, tolerance, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step without the scheme
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    real(real64), intent(in) :: tolerance              !< kg kg-1 s-1; a smaller excess is corrected but not counted
    logical, intent(inout) :: touched(:)
    real(real64) :: before(size(moistening, 1), size(moistening, 2))
    before = moistening
    call require(paramnet_non_negative_water(size(moistening, 1, int64), size(moistening, 2, int64), interval, &
                                             water=humidity_without, tendency=moistening))
    call touch(moistening, before, tolerance, touched)
  end subroutine keep_humidity_nonnegative

  !> Make the column's vapour loss equal its rain: sum(moistening dsigma) = -sum(rain dsigma).
  !> The imbalance is removed from (added to) the levels in proportion to the vapour they would hold, so that no level
  !> becomes negative. Where a column lacks the vapour for its rain, the rain is reduced in proportion.
  subroutine close_water(moistening, rain, humidity_without, thickness, interval, tolerance, touched)
    real(real64), intent(inout) :: moistening(:, :)    !< (column, level), kg kg-1 s-1
    real(real64), intent(inout) :: rain(:, :)          !< (column, level), kg kg-1 s-1, not negative
    real(real64), intent(in) :: humidity_without(:, :) !< (column, level), kg kg-1, after the step without the scheme
    real(real64), intent(in) :: thickness(:)           !< (level), in sigma
    real(real64), intent(in) :: interval               !< s, over which the host applies a tendency
    real(real64), intent(in) :: tolerance              !< s-1; a smaller imbalance is corrected but not counted
    logical, intent(inout) :: touched(:)
    real(real64) :: imbalance(size(rain, 1))
    call require(paramnet_column_water_closure(size(rain, 1, int64), size(rain, 2, int64), interval, &
                                               spread(thickness, 1, size(rain, 1)), humidity_without, moistening, rain, &
                                               imbalance))
    touched = touched .or. abs(imbalance) > tolerance
  end subroutine close_water

  !> Mark the columns that changed by more than tolerance at a level.
  pure subroutine touch(after, before, tolerance, touched)
    real(real64), intent(in) :: after(:, :), before(:, :), tolerance
    logical, intent(inout) :: touched(:)
    integer :: level
    do level = 1, size(after, 2)
      touched = touched .or. abs(after(:, level) - before(:, level)) > tolerance
    end do
  end subroutine touch

  !> The library's laws fail only without an array.
  subroutine require(status)
    integer(int32), intent(in) :: status
    if (status /= 0) error stop "paramnet: a limit of the learned scheme failed"
  end subroutine require

end module paramnet_plasim_limits

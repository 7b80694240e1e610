! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Checks paramnet_plasim_limits on hand-made columns; prints one line per check, "ok <sentence>" or "FAILED <sentence>".
program limits_test
  use, intrinsic :: iso_fortran_env, only: real64
  use paramnet_plasim_limits
  implicit none
  integer, parameter :: dp = real64
  real(dp), parameter :: sigma(4) = [0.2_dp, 0.3_dp, 0.6_dp, 0.9_dp], thickness(4) = [0.25_dp, 0.2_dp, 0.3_dp, 0.25_dp]
  real(dp), parameter :: interval = 3600.0_dp

  call check_clouds()
  call check_limits()
  call check_humidity()
  call check_water()

contains

  subroutine check_clouds()
    real(dp) :: rain(3, 4)
    integer :: cloud(3, 4), levels(3)
    rain(1, :) = [0.0_dp, 2.0_dp, 3.0_dp, 0.0_dp]
    rain(2, :) = [0.0_dp, 0.0_dp, 1.0_dp, 1.0_dp]
    rain(3, :) = 0.0_dp
    call cloud_levels(rain, sigma, 0.0_dp, cloud, levels)
    call report(all(cloud(1, :) == [0, 2, 1, 0]), "the highest raining level above sigma 0.4 is cirrus")
    call report(all(cloud(2, :) == [0, 0, 1, 1]), "a top below sigma 0.4 is no cirrus")
    call report(all(levels == [2, 2, 0]), "cloud levels are counted")
    call cloud_levels(rain, sigma, 5.0_dp, cloud, levels)
    call report(all(cloud == 0) .and. all(levels == [1, 1, 0]), "rain without cloud still has a divisor")
  end subroutine check_clouds

  subroutine check_limits()
    real(dp) :: values(2, 4), lower(4), upper(4)
    logical :: touched(2)
    lower = [0.0_dp, -1.0_dp, 0.5_dp, -1.0_dp]
    upper = [0.0_dp, 1.0_dp, 2.0_dp, 1.0_dp]
    call widen_limits(lower, upper, 0.1_dp)
    call report(all(abs(lower - [-0.2_dp, -1.2_dp, -0.2_dp, -1.2_dp]) < 1.0e-15_dp), "lower limits are widened and hold zero")
    call report(all(abs(upper - [0.2_dp, 1.2_dp, 2.2_dp, 1.2_dp]) < 1.0e-15_dp), "upper limits are widened")
    touched = .false.
    values(1, :) = [0.1_dp, 0.5_dp, 1.5_dp, -0.5_dp]
    values(2, :) = [0.0_dp, 3.0_dp, 1.5_dp, -7.0_dp]
    call limit_tendencies(values, lower, upper, touched)
    call report(all(values(1, :) == [0.1_dp, 0.5_dp, 1.5_dp, -0.5_dp]) .and. .not. touched(1), "what is inside is left alone")
    call report(all(values(2, :) == [0.0_dp, upper(2), 1.5_dp, lower(4)]) .and. touched(2), "excess is clipped and counted")
  end subroutine check_limits

  subroutine check_humidity()
    real(dp) :: moistening(2, 4), humidity(2, 4)
    logical :: touched(2)
    touched = .false.
    humidity(1, :) = [3.6e-3_dp, 3.6e-3_dp, -1.0e-5_dp, 3.6e-3_dp]
    humidity(2, :) = 3.6e-3_dp
    moistening(1, :) = [-2.0e-6_dp, 1.0e-6_dp, -1.0e-9_dp, -0.5e-6_dp]
    moistening(2, :) = -1.0e-6_dp
    call keep_humidity_nonnegative(moistening, humidity, interval, 1.0e-10_dp, touched)
    call report(all(humidity + moistening*interval >= min(humidity, 0.0_dp) - 1.0e-18_dp), "no level is dried below zero")
    call report(moistening(1, 2) == 1.0e-6_dp .and. moistening(1, 4) == -0.5e-6_dp, "what fits is left alone")
    call report(touched(1) .and. .not. touched(2), "only the corrected column is counted")
  end subroutine check_humidity

  subroutine check_water()
    real(dp) :: moistening(4, 4), rain(4, 4), humidity(4, 4), imbalance(4)
    logical :: touched(4)
    touched = .false.
    humidity(1:3, :) = spread([1.0e-6_dp, 1.0e-4_dp, 5.0e-3_dp, 1.0e-2_dp], 1, 3)
    humidity(4, :) = 1.0e-7_dp
    rain = 1.0e-8_dp
    rain(3, :) = 0.0_dp
    moistening(1, :) = [-1.0e-10_dp, -1.0e-9_dp, -2.0e-8_dp, -3.0e-8_dp] ! dries more than it rains
    moistening(2, :) = [0.0_dp, 0.0_dp, 1.0e-8_dp, -1.0e-9_dp]           ! moistens and rains
    moistening(3, :) = 0.0_dp                                            ! does nothing
    moistening(4, :) = 0.0_dp                                            ! rains more than it holds
    call close_water(moistening, rain, humidity, thickness, interval, 1.0e-10_dp, touched)
    imbalance = matmul(moistening, thickness) + matmul(rain, thickness)
    call report(all(abs(imbalance) < 1.0e-22_dp), "the vapour lost equals the rain")
    call report(all(humidity + moistening*interval > -1.0e-18_dp), "closing leaves no level below zero")
    call report(all(rain(1:2, :) == 1.0e-8_dp), "rain that can be paid for is kept")
    call report(all(rain(4, :) < 1.0e-8_dp) .and. all(rain(4, :) >= 0.0_dp), "rain that cannot be paid for is reduced")
    call report(all(touched .eqv. [.true., .true., .false., .true.]), "closed columns are counted")
    call report(all(moistening(3, :) == 0.0_dp), "a quiet column stays quiet")
  end subroutine check_water

  subroutine report(passed, sentence)
    logical, intent(in) :: passed
    character(len=*), intent(in) :: sentence
    write (*, "(a)") trim(merge("ok    ", "FAILED", passed))//" "//sentence
  end subroutine report

end program limits_test

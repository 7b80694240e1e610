! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The limits that keep a learned scheme physical, in order and counted; and the comparison in shadow mode.
module paramnet_plasim_guard
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, dp, dsigma, deltsec2, ga, gascon, akap
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_counters
  use paramnet_plasim_limits, only: limit_tendencies, keep_humidity_nonnegative, close_water
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: keep_physics, compare_with_teacher

  !> kg kg-1 s-1; about 0.1 mm of rain a day over a complete column; smaller corrections are made but not counted
  real(real64), parameter :: water_tolerance = 1.0e-10_real64

  ! work space, kept between steps
  real(real64) :: heating(NHOR, NLEV), moistening(NHOR, NLEV), humidity_without(NHOR, NLEV)

contains

  !> Limit the scheme's outputs in place; lower and upper are (level, heating | moistening | rain).
  subroutine keep_physics(options, inputs, lower, upper, outputs)
    type(plasim_options), intent(in) :: options
    type(column_inputs), intent(in) :: inputs
    real(real64), intent(in) :: lower(:, :), upper(:, :)
    type(column_outputs), intent(inout) :: outputs
    logical :: touched(NHOR, 4), closed(NHOR)
    touched = .false.
    closed = .false.
    heating = outputs%heating
    moistening = outputs%moistening
    humidity_without = inputs%humidity + inputs%moistening_so_far*deltsec2
    outputs%rain = max(outputs%rain, 0.0_real64)
    if (options%tendency_limits) then
      call limit_tendencies(outputs%heating, lower(:, 1), upper(:, 1), touched(:, 1))
      call limit_tendencies(outputs%moistening, lower(:, 2), upper(:, 2), touched(:, 2))
      call limit_tendencies(outputs%rain, lower(:, 3), upper(:, 3), touched(:, 3))
    end if
    if (options%nonnegative_humidity) &
      call keep_humidity_nonnegative(outputs%moistening, humidity_without, real(deltsec2, real64), water_tolerance, &
                                     touched(:, 4))
    call count_of(limited_heating, touched(:, 1))
    call count_of(limited_moistening, touched(:, 2))
    call count_of(limited_rain, touched(:, 3))
    call count_of(limited_humidity, touched(:, 4))
    call count_of(limited_columns, any(touched, 2))
    call add_to(correction_heating, column_change(outputs%heating, heating)*(gascon/akap))
    call add_to(correction_moistening, column_change(outputs%moistening, moistening))
    if (.not. options%water_closure) return
    moistening = outputs%moistening
    call close_water(outputs%moistening, outputs%rain, humidity_without, real(dsigma, real64), real(deltsec2, real64), &
                     water_tolerance, closed)
    call count_of(closed_columns, closed)
    call add_to(closure_moistening, column_change(outputs%moistening, moistening))
  end subroutine keep_physics

  !> Sums of learned minus teacher, mass-weighted over the column, for bias and root mean square in the summary.
  subroutine compare_with_teacher(learned, teacher)
    type(column_outputs), intent(in) :: learned, teacher
    call add_to(shadow_columns, real(NHOR, real64))
    call compare(learned%heating, teacher%heating, shadow_heating_bias)
    call compare(learned%moistening, teacher%moistening, shadow_moistening_bias)
    call compare(learned%rain, teacher%rain, shadow_rain_bias)
  end subroutine compare_with_teacher

  subroutine compare(learned, teacher, first)
    real(real64), intent(in) :: learned(:, :), teacher(:, :)
    integer, intent(in) :: first !< index of the bias; the square and the teacher's square follow
    call add_to(first, sigma_sum(learned - teacher))
    call add_to(first + 1, sigma_sum((learned - teacher)**2))
    call add_to(first + 2, sigma_sum(teacher**2))
  end subroutine compare

  !> Sum over columns and levels of the absolute change, weighted by dp/g; level by level, without temporary arrays.
  real(real64) function column_change(after, before)
    real(real64), intent(in) :: after(NHOR, NLEV), before(NHOR, NLEV)
    integer :: level
    column_change = 0.0_real64
    do level = 1, NLEV
      column_change = column_change + dsigma(level)*sum(abs(after(:, level) - before(:, level))*dp)
    end do
    column_change = column_change/ga
  end function column_change

  !> Sum over columns of the sigma-weighted column mean.
  real(real64) function sigma_sum(values)
    real(real64), intent(in) :: values(NHOR, NLEV)
    sigma_sum = sum(values*spread(dsigma, 1, NHOR))
  end function sigma_sum

end module paramnet_plasim_guard

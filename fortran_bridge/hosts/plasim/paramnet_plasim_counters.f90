! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Counts and sums of one rank, and their totals over all ranks.
module paramnet_plasim_counters
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: counter, count_of, add_to, total, any_rank, counters, counter_name

  !> Index of each counter in the list; counters are real so that the host's own sum over ranks can be used.
  integer, parameter, public :: columns = 1, nonfinite_input = 2, nonfinite_output = 3, fallback_columns = 4, &
    outside_envelope = 5, limited_columns = 6, limited_heating = 7, limited_moistening = 8, limited_rain = 9, &
    limited_humidity = 10, closed_columns = 11, correction_heating = 12, correction_moistening = 13, &
    closure_moistening = 14, shadow_columns = 15, shadow_heating_bias = 16, shadow_heating_square = 17, &
    shadow_heating_teacher = 18, shadow_moistening_bias = 19, shadow_moistening_square = 20, &
    shadow_moistening_teacher = 21, shadow_rain_bias = 22, shadow_rain_square = 23, shadow_rain_teacher = 24, &
    distance_columns = 25, far_from_training = 26
  integer, parameter :: counters = 26
  character(len=40), parameter :: counter_name(counters) = [character(len=40) :: &
    "columns", "nonfinite_input_columns", "nonfinite_output_columns", "fallback_columns", "outside_envelope_columns", &
    "limited_columns", "limited_heating_columns", "limited_moistening_columns", "limited_rain_columns", &
    "limited_humidity_columns", "water_closure_columns", "limit_heating_correction_sum", &
    "limit_moistening_correction_sum", "water_closure_correction_sum", "shadow_columns", "shadow_heating_bias_sum", &
    "shadow_heating_square_sum", "shadow_heating_teacher_square_sum", "shadow_moistening_bias_sum", &
    "shadow_moistening_square_sum", "shadow_moistening_teacher_square_sum", "shadow_rain_bias_sum", &
    "shadow_rain_square_sum", "shadow_rain_teacher_square_sum", "distance_columns", "far_from_training_columns"]

  real(real64) :: counter(counters) = 0.0_real64

contains

  subroutine count_of(which, mask)
    integer, intent(in) :: which
    logical, intent(in) :: mask(:)
    counter(which) = counter(which) + count(mask)
  end subroutine count_of

  subroutine add_to(which, value)
    integer, intent(in) :: which
    real(real64), intent(in) :: value
    counter(which) = counter(which) + value
  end subroutine add_to

  !> The sum over ranks, on every rank. Collective.
  function total(values) result(summed)
    real(real64), intent(in) :: values(:)
    real(real64) :: summed(size(values))
    summed = values
    call mpsumbcr(summed, size(values))
  end function total

  !> True on every rank when true on one. Collective.
  logical function any_rank(condition)
    logical, intent(in) :: condition
    real(real64) :: votes(1)
    votes = total([merge(1.0_real64, 0.0_real64, condition)])
    any_rank = votes(1) > 0.0_real64
  end function any_rank

end module paramnet_plasim_counters

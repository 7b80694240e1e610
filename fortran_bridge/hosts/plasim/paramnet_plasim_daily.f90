! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> What is done once a day: the share of fallback is checked, and progress is written.
module paramnet_plasim_daily
  use, intrinsic :: iso_fortran_env, only: real64
  use paramnet_message, only: sentence
  use paramnet_plasim_counters, only: columns, counter, fallback_columns, total
  use paramnet_plasim_grid, only: is_root
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: check_fallback_share, write_progress

  real(real64) :: day_began(2) = 0.0_real64 !< columns and fallback columns counted at the start of the day

contains

  !> Years of silent fallback are worse than a stop: error reports a day with more of it than the limit. Collective.
  subroutine check_fallback_share(options, day, error)
    type(plasim_options), intent(in) :: options
    integer, intent(in) :: day
    character(len=*), intent(out) :: error
    real(real64) :: now(2), today(2)
    character(len=100) :: most, got
    error = ""
    if (options%mode /= "learned" .or. .not. options%fallback) return
    now = total([counter(columns), counter(fallback_columns)])
    today = now - day_began
    day_began = now
    if (.not. today(2) > options%fallback_limit*today(1)) return
    write (most, "(f6.2)") 100*options%fallback_limit
    write (got, "(f6.2,a,i0,a)") 100*today(2)/today(1), " % of the columns of day ", day, " with the teacher's result"
    error = sentence("fallback", expected="at most "//trim(adjustl(most))//" % (fallback_limit)", got=trim(adjustl(got)))
  end subroutine check_fallback_share

  subroutine write_progress(options, days)
    type(plasim_options), intent(in) :: options
    integer, intent(in) :: days
    integer :: unit
    if (options%progress_file == "" .or. .not. is_root()) return
    open (newunit=unit, file=trim(options%progress_file), action="write")
    write (unit, "(i0)") days
    close (unit)
  end subroutine write_progress

end module paramnet_plasim_daily

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Summary of a run: counts over all ranks, written as JSON at the end.
module paramnet_plasim_summary
  use, intrinsic :: iso_fortran_env, only: real64, int64
  use pumamod, only: mtspd, nproc
  use paramnet_plasim_counters, only: counter, counters, counter_name, total
  use paramnet_plasim_grid, only: is_root
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: clock_start, clock_stop_teacher, clock_stop_learned, summary_count_step, summary_write

  integer, parameter :: bins = 400 !< of the logarithmic histogram of call times, from 1 microsecond, 5 % wide

  type :: stopwatch
    integer(int64) :: calls = 0
    real(real64) :: seconds = 0.0_real64
    integer :: histogram(0:bins) = 0
  end type stopwatch

  type(stopwatch) :: teacher, learned
  integer(int64) :: started = 0, steps = 0

contains

  subroutine clock_start()
    call system_clock(started)
  end subroutine clock_start

  subroutine clock_stop_teacher()
    call stop_watch(teacher)
  end subroutine clock_stop_teacher

  subroutine clock_stop_learned()
    call stop_watch(learned)
  end subroutine clock_stop_learned

  subroutine stop_watch(watch)
    type(stopwatch), intent(inout) :: watch
    integer(int64) :: now, rate
    real(real64) :: seconds
    integer :: bin
    call system_clock(now, rate)
    seconds = real(now - started, real64)/rate
    watch%calls = watch%calls + 1
    watch%seconds = watch%seconds + seconds
    bin = min(bins, max(0, int(log(max(seconds, 1e-9_real64)*1e6_real64)/log(1.05_real64))))
    watch%histogram(bin) = watch%histogram(bin) + 1
  end subroutine stop_watch

  real(real64) function mean_ms(watch)
    type(stopwatch), intent(in) :: watch
    mean_ms = 1e3_real64*watch%seconds/max(watch%calls, 1_int64)
  end function mean_ms

  !> Accurate to the width of a bin.
  real(real64) function median_ms(watch)
    type(stopwatch), intent(in) :: watch
    integer :: bin
    integer(int64) :: below
    below = 0
    median_ms = 0.0_real64
    do bin = 0, bins
      below = below + watch%histogram(bin)
      if (2*below >= watch%calls .and. watch%calls > 0) exit
    end do
    if (watch%calls > 0) median_ms = 1e-3_real64*1.05_real64**(bin + 0.5_real64)
  end function median_ms

  subroutine summary_count_step()
    steps = steps + 1
  end subroutine summary_count_step

  !> Collective: counts are summed over ranks, times are the root's.
  subroutine summary_write(options)
    type(plasim_options), intent(in) :: options
    real(real64) :: summed(counters)
    integer :: unit, i
    summed = total(counter)
    if (.not. is_root()) return
    open (newunit=unit, file=trim(options%summary_file), action="write")
    write (unit, "(a)") "{"
    write (unit, "(a)") '  "mode": "'//trim(options%mode)//'",'
    write (unit, "(a,i0,a)") '  "ranks": ', nproc, ","
    write (unit, "(a,i0,a)") '  "steps": ', steps, ","
    call number(unit, "days", real(steps, real64)/mtspd, ",")
    write (unit, "(a,i0,a)") '  "teacher_calls": ', teacher%calls, ","
    call number(unit, "teacher_ms_mean", mean_ms(teacher), ",")
    call number(unit, "teacher_ms_median", median_ms(teacher), ",")
    write (unit, "(a,i0,a)") '  "learned_calls": ', learned%calls, ","
    call number(unit, "learned_ms_mean", mean_ms(learned), ",")
    call number(unit, "learned_ms_median", median_ms(learned), ",")
    do i = 1, counters
      call number(unit, trim(counter_name(i)), summed(i), merge(",", " ", i < counters))
    end do
    write (unit, "(a)") "}"
    close (unit)
  end subroutine summary_write

  subroutine number(unit, name, value, separator)
    integer, intent(in) :: unit
    character(len=*), intent(in) :: name, separator
    real(real64), intent(in) :: value
    write (unit, "(a,es23.15e3,a)") '  "'//name//'": ', value, trim(separator)
  end subroutine number

end module paramnet_plasim_summary

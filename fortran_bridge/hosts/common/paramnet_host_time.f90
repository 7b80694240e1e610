!> Times of hosts that have them as text: days since the first day of the year 1900, proleptic Gregorian.
module paramnet_host_time
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: host_time, HOST_TIME_UNITS, HOST_CALENDAR

  character(len=*), parameter :: HOST_TIME_UNITS = 'days since 1900-01-01'
  character(len=*), parameter :: HOST_CALENDAR = 'proleptic_gregorian'

contains

  !> text: '2001-02-03T04:05:06', with any character for the T and anything after the seconds.
  real(real64) function host_time(text)
    character(len=*), intent(in) :: text
    integer :: year, month, day, hour, minute, second, before

    read (text, '(i4, 5(1x, i2))') year, month, day, hour, minute, second
    before = year - merge(1, 0, month <= 2)  ! years that begin in March have the leap day at their end
    host_time = real(365 * before + before / 4 - before / 100 + before / 400, real64) &
      + (153 * modulo(month - 3, 12) + 2) / 5 + day - 693902 &
      + (hour + (minute + second / 60.0_real64) / 60.0_real64) / 24.0_real64
  end function host_time
end module paramnet_host_time

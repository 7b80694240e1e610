!> 03_fallback SCHEME.pt: columns in which the network is not to be trusted keep the host's own scheme, and are counted.
!>
!> run returns one flag per column.  Here the host falls back for values that are not finite and for columns outside the
!> range of the training data; years of silent fallback are worse than a stop, so the share is monitored.
program fallback
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use example_host, only: host_columns
  use paramnet
  implicit none
  integer, parameter :: ncol = 256, steps = 5
  integer(int32), parameter :: distrust = &
    PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT + PARAMNET_FLAG_OUTSIDE_ENVELOPE
  real(real64), parameter :: largest_share = 0.5_real64  ! of a run's columns; 0.05 is a good value for a real scheme
  type(paramnet_scheme) :: scheme
  type(host_columns), target :: host
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status, flags(ncol)
  integer(int64) :: columns, fallen, nonfinite, outside
  integer :: step, i

  call get_command_argument(1, path)
  call scheme%load(path, envelope_tolerance=0.2_real64, status=status, message=message)
  call require()
  call host%make(ncol, int(scheme%levels()), 0)
  call host%connect(scheme)
  host%temperature(7, 3) = ieee_value(1.0_real64, ieee_positive_inf)  ! from an upstream fault
  host%surface_temperature(11) = 400                                  ! far outside any training data

  fallen = 0
  do step = 1, steps
    call scheme%run(ncol, flags, status, message)
    call require()
    do i = 1, ncol
      if (iand(flags(i), distrust) == 0) cycle
      call host%own_convection(i)
      fallen = fallen + 1
    end do
  end do

  if (iand(flags(7), PARAMNET_FLAG_NONFINITE_INPUT) == 0) error stop 'the infinity was not flagged'
  if (iand(flags(11), PARAMNET_FLAG_OUTSIDE_ENVELOPE) == 0) error stop 'the hot column was not flagged'
  call scheme%counters(columns=columns, nonfinite_input=nonfinite, outside_envelope=outside)
  print '(a, i0, a, i0, a)', 'fell back in ', fallen, ' of ', columns, ' columns:'
  print '(a, i0, a, i0)', '  inputs not finite ', nonfinite, ', outside the training range ', outside
  if (fallen > largest_share * columns) error stop 'more than the share allowed: the scheme does not fit this climate'
  call scheme%free()

contains

  !> A real host calls its own routine here (endrun, mpabort): the library itself never stops a model.
  subroutine require()
    if (status /= PARAMNET_OK) then
      print '(a)', message
      error stop 1
    end if
  end subroutine require
end program fallback

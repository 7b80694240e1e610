!> 04_openmp SCHEME.pt: the host's own OpenMP threads call one scheme, each for its block of columns.
!>
!> Bind once, outside the parallel region.  Inside, every thread runs a range of the same arrays.  The library starts no
!> threads itself (threads=1 at load, the default) and does not change the host's OpenMP settings.
program openmp
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use example_host, only: host_columns
  use omp_lib, only: omp_get_max_threads
  use paramnet
  implicit none
  integer, parameter :: ncol = 1000, block = 48
  type(paramnet_scheme) :: scheme
  type(host_columns), target :: host
  real(real64), allocatable :: alone(:, :)
  real(real64) :: tolerance
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status, flags(ncol), failures
  integer(int64) :: calls
  integer :: first, last

  call get_command_argument(1, path)
  call scheme%load(path, status=status, message=message)
  if (status /= PARAMNET_OK) then
    print '(a)', message
    error stop 1
  end if
  call host%make(ncol, int(scheme%levels()), 0)
  call host%connect(scheme)

  call scheme%run(ncol, flags)  ! one thread, for comparison
  allocate (alone, source=host%heating)
  host%heating = 0

  failures = 0
  !$omp parallel do private(last, status) reduction(+:failures) schedule(dynamic)
  do first = 1, ncol, block
    last = min(first + block - 1, ncol)
    call scheme%run(int(last - first + 1, int32), flags(first:last), status, first=int(first, int32))
    if (status /= PARAMNET_OK) failures = failures + 1
  end do
  !$omp end parallel do

  if (failures > 0) error stop 'a thread''s call failed'
  tolerance = 1.0e-5_real64 * maxval(abs(alone))           ! libtorch's sums may depend on the size of a block
  if (index(scheme%describe(), 'native') > 0) tolerance = 0  ! ours do not
  if (any(abs(host%heating - alone) > tolerance)) error stop 'threads changed the result'
  call scheme%counters(calls=calls)
  print '(a, i0, a, i0, a)', 'one scheme, ', omp_get_max_threads(), ' threads, ', calls, ' calls'
  print '(a, es8.1)', 'largest difference from one thread: ', maxval(abs(host%heating - alone))
  call scheme%free()
end program openmp

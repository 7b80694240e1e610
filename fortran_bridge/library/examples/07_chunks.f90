!> 07_chunks SCHEME.pt: a host like CAM, whose physics works on chunks of 16 columns, each with its own arrays.
!>
!> A network is most efficient with many columns at once.  Each chunk gets a handle that shares the scheme (its weights,
!> threads and counters) and binds its own arrays, once.  In each step the chunks enqueue, from any thread, and one flush
!> runs them all as one call: convection for all chunks comes after the loop in which each chunk prepares its state.
program chunks
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use example_host, only: host_columns
  use paramnet
  implicit none
  integer, parameter :: pcols = 16, columns = 1000, nchunks = 63
  type(paramnet_scheme) :: scheme
  type(paramnet_scheme) :: handle(nchunks)
  type(host_columns), target :: chunk(nchunks)
  integer(int32), target :: flags(pcols, nchunks)
  integer(int32) :: ncol(nchunks), status
  real(real64) :: largest, difference, tolerance
  real(real64), allocatable :: queued(:, :)
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int64) :: calls, seen
  integer :: c

  call get_command_argument(1, path)
  call scheme%load(path, status=status, message=message)
  call require()
  ncol = pcols
  ncol(nchunks) = columns - pcols * (nchunks - 1)   ! the last chunk is not full: ncol <= pcols, as in CAM
  do c = 1, nchunks
    call chunk(c)%make(pcols, int(scheme%levels()), pcols * (c - 1))
    call scheme%share(handle(c), status, message)
    call require()
    call chunk(c)%connect(handle(c))
  end do

  !$omp parallel do private(status)
  do c = 1, nchunks                                  ! tphysbc: everything before convection, then enqueue
    call handle(c)%enqueue(ncol(c), flags(:, c), status)
    if (status /= PARAMNET_OK) error stop 'a chunk could not queue'
  end do
  !$omp end parallel do
  call scheme%flush(status, message)                 ! one call for all chunks; their outputs and flags are now set
  call require()

  call scheme%counters(calls=calls, columns=seen)
  print '(3(i0, a))', nchunks, ' chunks, ', seen, ' columns, ', calls, ' call'
  if (calls /= 1 .or. seen /= columns) error stop 'expected one call for all columns'

  largest = 0
  difference = 0
  do c = 1, nchunks                                  ! chunk by chunk gives the same
    allocate (queued, source=chunk(c)%heating(1:ncol(c), :))
    call handle(c)%run(ncol(c))
    largest = max(largest, maxval(abs(queued)))
    difference = max(difference, maxval(abs(queued - chunk(c)%heating(1:ncol(c), :))))
    deallocate (queued)
    call handle(c)%free()
  end do
  tolerance = 1.0e-5_real64 * largest                        ! libtorch's sums may depend on the columns of a call
  if (index(scheme%describe(), 'native') > 0) tolerance = 0  ! ours do not
  if (difference > tolerance) error stop 'queueing changed the result'
  call scheme%free()

contains

  subroutine require()
    if (status /= PARAMNET_OK) then
      print '(a)', message
      error stop 1
    end if
  end subroutine require
end program chunks

!> 06_gpu SCHEME.pt: the network on a GPU where there is one, otherwise on the CPU, with the same code.
!>
!> device='auto' takes the GPU whose number is this process's rank on its node.  The host's arrays stay where they are:
!> the library sends inputs through pinned memory on its own stream and copies outputs back before run returns.
!> device='cuda' instead fails with PARAMNET_STATUS_DEVICE where there is no GPU: the choice for a production run.
!> Exit status 77, which CTest counts as skipped, means that no GPU was found.
program gpu
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use example_host, only: host_columns
  use paramnet
  implicit none
  integer, parameter :: ncol = 2048
  type(paramnet_scheme) :: scheme, reference
  type(host_columns), target :: host
  real(real64), allocatable :: on_cpu(:, :)
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status
  integer(int64) :: start, finish, rate

  call get_command_argument(1, path)
  call reference%load(path, device='cpu')
  call host%make(ncol, int(reference%levels()), 0)
  call host%connect(reference)
  call reference%run(ncol)
  allocate (on_cpu, source=host%heating)
  call reference%free()

  call scheme%load(path, device='auto', status=status, message=message)
  if (status /= PARAMNET_OK) then
    print '(a)', message
    error stop 1
  end if
  print '(a)', scheme%describe()
  call host%connect(scheme)
  call scheme%run(ncol)  ! the first call sets up
  call system_clock(start, rate)
  call scheme%run(ncol)
  call system_clock(finish)
  print '(a, f0.3, a)', '2048 columns in ', 1.0e3_real64 * (finish - start) / rate, ' ms, transfers included'
  if (any(abs(host%heating - on_cpu) > 1.0e-3_real64 * maxval(abs(on_cpu)))) error stop 'the GPU computes something else'
  if (index(scheme%describe(), 'cuda') > 0) stop
  call scheme%load(path, device='cuda', status=status, message=message)
  print '(2a)', 'skipped: no GPU for this process; the network ran on the CPU. device=''cuda'' says: ', message
  stop 77
end program gpu

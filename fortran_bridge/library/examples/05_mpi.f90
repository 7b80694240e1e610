!> mpiexec -n 2 05_mpi SCHEME.pt: each rank loads the scheme and runs its own columns; the counts are summed.
!>
!> The library does not use MPI and sends no message: the result of a column does not depend on its rank.
!> device='auto' would give each rank of a node its own GPU (see 06).
program ranks
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use example_host, only: host_columns
  use mpi_f08
  use paramnet
  implicit none
  integer, parameter :: globe = 1001
  type(paramnet_scheme) :: scheme
  type(host_columns), target :: host
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status
  integer(int32), allocatable :: flags(:)
  integer(int64) :: mine(3), all_ranks(3)
  integer :: rank, ranks_in_all, first, last

  call mpi_init()
  call mpi_comm_rank(MPI_COMM_WORLD, rank)
  call mpi_comm_size(MPI_COMM_WORLD, ranks_in_all)
  first = 1 + rank * globe / ranks_in_all
  last = (rank + 1) * globe / ranks_in_all

  call get_command_argument(1, path)
  call scheme%load(path, status=status, message=message)
  call require('load')
  call host%make(last - first + 1, int(scheme%levels()), first - 1)
  call host%connect(scheme)
  allocate (flags(last - first + 1))
  call scheme%run(size(flags, kind=int32), flags, status, message)
  call require('run')

  call scheme%counters(columns=mine(1), nonfinite_input=mine(2), outside_envelope=mine(3))
  call mpi_reduce(mine, all_ranks, 3, MPI_INTEGER8, MPI_SUM, 0, MPI_COMM_WORLD)
  if (rank == 0) then
    print '(3(a, i0))', 'columns on all ranks: ', all_ranks(1), ', inputs not finite: ', all_ranks(2), &
      ', outside the training range: ', all_ranks(3)
    if (all_ranks(1) /= globe) call mpi_abort(MPI_COMM_WORLD, 1)
  end if
  call scheme%free()
  call mpi_finalize()

contains

  !> A rank that cannot continue reports the reason and ends all ranks.
  subroutine require(what)
    character(len=*), intent(in) :: what

    if (status == PARAMNET_OK) return
    print '(a, i0, 4a)', 'rank ', rank, ': ', what, ': ', message
    call mpi_abort(MPI_COMM_WORLD, 1)
  end subroutine require
end program ranks

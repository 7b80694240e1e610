!> Numbers of blocks of columns among those of all processes, for host_place.
module paramnet_host_mpi
  use mpi, only: MPI_Allreduce, MPI_Exscan, MPI_INTEGER, MPI_SUM
  implicit none
  private
  public :: host_numbers

contains

  !> first: number, from 0, of this process's first block; total: blocks of all processes of the communicator.
  subroutine host_numbers(communicator, blocks, first, total)
    integer, intent(in) :: communicator, blocks
    integer, intent(out) :: first, total
    integer :: code

    first = 0
    call MPI_Exscan(blocks, first, 1, MPI_INTEGER, MPI_SUM, communicator, code)
    call MPI_Allreduce(blocks, total, 1, MPI_INTEGER, MPI_SUM, communicator, code)
  end subroutine host_numbers
end module paramnet_host_mpi

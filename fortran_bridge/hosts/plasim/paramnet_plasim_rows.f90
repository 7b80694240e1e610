! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Many numbers of each column in the host's restart file: in slices of `slice` numbers under the names PREFIX001, PREFIX002 …
!> float32 values survive the host's real64 unchanged. Collective.
module paramnet_plasim_rows
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR
  implicit none
  private
  public :: rows_save, rows_restore, rows_record

  integer, parameter :: slice = 100

contains

  !> prefix : three letters. rows : (NHOR, number).
  subroutine rows_save(prefix, rows)
    character(len=3), intent(in) :: prefix
    real(real64), intent(in) :: rows(:, :)
    integer :: first, count
    do first = 1, size(rows, 2), slice
      count = min(slice, size(rows, 2) - first + 1)
      call mpputgp(rows_record(prefix, first), rows(:, first:first + count - 1), NHOR, count)
    end do
  end subroutine rows_save

  subroutine rows_restore(prefix, rows)
    character(len=3), intent(in) :: prefix
    real(real64), intent(out) :: rows(:, :)
    real(real64), allocatable :: part(:, :)
    integer :: first, count
    do first = 1, size(rows, 2), slice
      count = min(slice, size(rows, 2) - first + 1)
      allocate (part(NHOR, count), source=0.0_real64)
      call mpgetgp(rows_record(prefix, first), part, NHOR, count)
      rows(:, first:first + count - 1) = part
      deallocate (part)
    end do
  end subroutine rows_restore

  !> The name of the record that holds the number at this position.
  function rows_record(prefix, position) result(name)
    character(len=3), intent(in) :: prefix
    integer, intent(in) :: position
    character(len=6) :: name
    write (name, "(a,i3.3)") prefix, (position - 1)/slice + 1
  end function rows_record

end module paramnet_plasim_rows

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The cloud-resolving model's state in the host's own restart file: all that a stopped run needs to resume bit for bit.
!>
!> All numbers of a column form one row (paramnet_plasim_rows).
module paramnet_plasim_crm_restart
  use, intrinsic :: iso_fortran_env, only: real32, real64
  use pumamod, only: NHOR, NLEV
  use paramnet_crm_constants, only: lanes
  use paramnet_plasim_crm, only: crm_member, members
  use paramnet_plasim_rows, only: rows_restore, rows_save
  implicit none
  private
  public :: crm_save, crm_restore

  logical, parameter :: saving = .true., restoring = .false.

contains

  subroutine crm_save()
    call rows_save("crm", packed_rows())
  end subroutine crm_save

  !> Collective, before the first step of a restarted run.
  subroutine crm_restore()
    real(real64), allocatable :: rows(:, :)
    integer :: n, position

    allocate (rows(NHOR, row_length(members(1))), source=0.0_real64)
    call rows_restore("crm", rows)
    do n = 1, size(members)
      position = 0
      call exchange(members(n), rows((n - 1)*lanes + 1:n*lanes, :), position, restoring)
      members(n)%running = .true.
    end do
  end subroutine crm_restore

  function packed_rows() result(rows)
    real(real64), allocatable :: rows(:, :)
    integer :: n, position

    allocate (rows(NHOR, row_length(members(1))), source=0.0_real64)
    do n = 1, size(members)
      position = 0
      call exchange(members(n), rows((n - 1)*lanes + 1:n*lanes, :), position, saving)
    end do
  end function packed_rows

  integer function row_length(member)
    type(crm_member), intent(in) :: member

    associate (nx => member%block%grid%nx, nz => member%block%grid%nz)
      row_length = nx*(6*nz + nz + 1) + 3*nz + 4*NLEV
    end associate
  end function row_length

  subroutine exchange(member, rows, position, save_it)
    type(crm_member), intent(inout) :: member
    real(real64), intent(inout) :: rows(:, :)
    integer, intent(inout) :: position
    logical, intent(in) :: save_it
    integer :: k

    associate (state => member%block%state)
      do k = 1, member%block%grid%nz
        call field(state%u(:, :, k))
        call field(state%t(:, :, k))
        call field(state%qt(:, :, k))
        call field(state%qp(:, :, k))
        call field(state%temperature(:, :, k))
        call field(state%cloud(:, :, k))
      end do
      do k = 1, member%block%grid%nz + 1
        call field(state%w(:, :, k))
      end do
      call field(state%rounding_t)
      call field(state%rounding_qt)
      call field(member%block%grid%geopotential)
    end associate
    do k = 1, 2
      call wide_field(member%temperature(:, :, k))
      call wide_field(member%vapour(:, :, k))
    end do

  contains

    subroutine field(values)
      real(real32), intent(inout) :: values(:, :)
      integer :: last

      last = position + size(values, 2)
      if (save_it) then
        rows(:, position + 1:last) = values
      else
        values = real(rows(:, position + 1:last), real32)
      end if
      position = last
    end subroutine field

    subroutine wide_field(values)
      real(real64), intent(inout) :: values(:, :)
      integer :: last

      last = position + size(values, 2)
      if (save_it) then
        rows(:, position + 1:last) = values
      else
        values = rows(:, position + 1:last)
      end if
      position = last
    end subroutine wide_field
  end subroutine exchange
end module paramnet_plasim_crm_restart

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The end of a run that cannot go on.
module paramnet_plasim_stop
  use, intrinsic :: iso_fortran_env, only: error_unit
  use paramnet_plasim_counters, only: any_rank
  use paramnet_plasim_grid, only: is_root
  implicit none
  private
  public :: end_run, end_if_any

contains

  !> End the run through the host's own routine, on every rank. The host's message is limited to 60 characters, so the
  !> complete message goes to standard error and to a file first: paramnet_error where the scheme is the cause, which is
  !> a result; paramnet_fault for other causes (files, memory, set-up), after which the run may be resumed.
  subroutine end_run(message, fault)
    character(len=*), intent(in) :: message
    logical, intent(in) :: fault
    character(len=14) :: name
    integer :: unit
    name = merge("paramnet_fault", "paramnet_error", fault)
    if (is_root()) then
      write (error_unit, "(a)") "paramnet: "//trim(message)
      open (newunit=unit, file=name, action="write")
      write (unit, "(a)") trim(message)
      close (unit)
    end if
    call mpabort("paramnet ended the run, see file "//name)
  end subroutine end_run

  !> End the run on all ranks if any of them reports an error. fault : the scheme is not the cause (see end_run).
  subroutine end_if_any(error, fault)
    character(len=*), intent(in) :: error
    logical, intent(in) :: fault
    if (.not. any_rank(error /= "")) return
    if (error == "") then
      call end_run("another rank ended the run, see its line in the log", fault)
    else
      call end_run(error, fault)
    end if
  end subroutine end_if_any

end module paramnet_plasim_stop

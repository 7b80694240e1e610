! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The transition from the teacher to a learned scheme over the first ramp_days of a run; its progress is kept in the
!> restart file. At call k of n the host receives k/n network + (1 - k/n) teacher.
module paramnet_plasim_ramp
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NROOT, mypid, mtspd
  use paramnet_message, only: sentence
  use paramnet_plasim_options, only: plasim_options
  use paramnet_plasim_restart, only: restart_holds, scheme_record
  use paramnet_plasim_scheme, only: scheme_ramp
  implicit none
  private
  public :: ramp_start, ramp_step, ramp_save

  character(len=*), parameter :: ramp_record = "paramnetramp"
  integer :: ramp(2) = 0 !< calls done, calls in all

contains

  !> Begin, or resume from the restart file. error, on the root, reports a restart file of another ramp. Collective.
  subroutine ramp_start(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    integer :: written(2)
    logical :: ramped, learned
    character(len=80) :: expected, got
    ramp = [0, nint(options%ramp_days*mtspd)]
    ramped = restart_holds(ramp_record)
    learned = restart_holds(scheme_record)
    if (options%starts_anew .or. .not. learned) return
    written = 0
    if (ramped .and. mypid == NROOT) call get_restart_seed(ramp_record, written, 2)
    call mpbcin(written, 2)
    if (ramp(2) == 0 .and. written(1) == written(2)) return ! a ramp that was completed, or none
    if (written(2) /= ramp(2)) then
      write (expected, "(a,i0,a)") "a ramp of ", written(2), " steps, as in the run that wrote the restart file"
      write (got, "(i0)") ramp(2)
      if (mypid == NROOT) error = sentence("ramp_days", expected=trim(expected), got=trim(got), &
                                           remedy="starts_anew = .true. begins a new one")
    end if
    ramp(1) = written(1)
  end subroutine ramp_start

  !> Count a call and set the network's share for the scheme's next run. Return True if the teacher has a share.
  logical function ramp_step()
    ramp_step = .false.
    if (ramp(1) >= ramp(2)) return
    ramp(1) = ramp(1) + 1
    call scheme_ramp(ramp(1), ramp(2))
    ramp_step = ramp(1) < ramp(2)
  end function ramp_step

  !> Called while the host writes its restart file.
  subroutine ramp_save()
    if (mypid == NROOT .and. ramp(2) > 0) call put_restart_seed(ramp_record, ramp, 2)
  end subroutine ramp_save

end module paramnet_plasim_ramp

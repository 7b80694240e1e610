! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> What a stochastic scheme, or one with state, needs of this host: seed and member, and its state in the restart file.
module paramnet_plasim_carried
  use, intrinsic :: iso_fortran_env, only: error_unit, real32, real64
  use pumamod, only: NHOR
  use paramnet_message, only: sentence
  use paramnet_plasim_grid, only: is_root
  use paramnet_plasim_options, only: plasim_options
  use paramnet_plasim_restart, only: restart_holds, scheme_record
  use paramnet_plasim_rows, only: rows_record, rows_restore, rows_save
  use paramnet_plasim_scheme, only: scheme_noise, scheme_state_size, scheme_start_state, scheme_set_state, scheme_get_state, &
                                    scheme_error
  implicit none
  private
  public :: carried_start, carried_save

  character(len=3), parameter :: prefix = "pns"

contains

  !> After the scheme is loaded. The state continues from a restart file of a run with this scheme, and starts anew otherwise.
  !> error, on the root, reports a restart file without it. Collective.
  subroutine carried_start(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    real(real64), allocatable :: rows(:, :)
    logical :: present, continued
    call scheme_noise(options)
    if (scheme_state_size() == 0) return
    present = restart_holds(rows_record(prefix, 1))
    continued = restart_holds(scheme_record) .and. .not. options%starts_anew .and. options%mode == "learned"
    if (continued .and. .not. present) then
      if (is_root()) error = sentence("the restart file", got="none", &
                                      expected="the scheme's state (records "//rows_record(prefix, 1)//" ...)", &
                                      remedy="starts_anew = .true. begins from its start values")
    else if (continued) then
      allocate (rows(NHOR, scheme_state_size()), source=0.0_real64)
      call rows_restore(prefix, rows)
      call scheme_set_state(real(rows, real32))
    else
      call scheme_start_state()
      if (is_root()) write (error_unit, "(a)") "paramnet: the scheme's state begins from its start values"
    end if
    if (error == "") error = scheme_error()
  end subroutine carried_start

  !> Called while the host writes its restart file.
  subroutine carried_save()
    real(real32), allocatable :: state(:, :)
    if (scheme_state_size() == 0) return
    allocate (state(NHOR, scheme_state_size()))
    call scheme_get_state(state)
    call rows_save(prefix, real(state, real64))
  end subroutine carried_save

end module paramnet_plasim_carried

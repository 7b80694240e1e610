! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> One coupled run: which scheme acts at each call, and what is written when.
module paramnet_plasim_run
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: nkits, mtspd
  use paramnet_plasim_columns, only: column_inputs, column_outputs, take_inputs, increments_since, no_convection
  use paramnet_plasim_grid, only: grid_init, is_root, steps_since_epoch, end_run
  use paramnet_plasim_history, only: history_open, history_step, history_close
  use paramnet_plasim_options, only: plasim_options, read_options
  use paramnet_plasim_record, only: record_open, record_write, record_close
  use paramnet_plasim_summary, only: clock_start, clock_stop_teacher, summary_write, summary_count_step
  implicit none
  private
  public :: convection, end_of_step, end_of_run

  type(plasim_options) :: options
  type(column_inputs) :: inputs
  type(column_outputs) :: outputs
  logical :: started = .false.
  integer :: steps_done = 0

  interface
    subroutine kuo_scheme()
    end subroutine kuo_scheme
  end interface

contains

  !> At the first call of the run: options, files, scheme. What does not fit ends the run here.
  subroutine start()
    character(len=1024) :: error
    started = .true.
    call grid_init()
    call read_options(options, error)
    if (error /= "") call end_run(error)
    if (options%history_file /= "") call history_open(options%history_file)
    if (options%mode == "record") call record_open(options%record_file)
  end subroutine start

  !> Takes the place of the host's kuo.
  subroutine convection()
    if (.not. started) call start()
    select case (options%mode)
    case ("off")
      call no_convection()
    case ("record")
      call record_teacher()
    case default
      call run_teacher()
    end select
  end subroutine convection

  subroutine run_teacher()
    call clock_start()
    call kuo_scheme()
    call clock_stop_teacher()
  end subroutine run_teacher

  !> The first nkits steps of a fresh run are shorter and not recorded.
  subroutine record_teacher()
    if (nkits > 0 .or. steps_since_epoch() < options%record_start .or. &
        mod(steps_since_epoch(), options%record_every) /= 0) then
      call run_teacher()
      return
    end if
    call take_inputs(inputs)
    call run_teacher()
    call increments_since(inputs, outputs)
    call record_write(inputs, outputs)
  end subroutine record_teacher

  subroutine end_of_step()
    call history_step(options%history_every)
    call summary_count_step()
    steps_done = steps_done + 1
    if (mod(steps_done, mtspd) == 0) call write_progress(steps_done/mtspd)
  end subroutine end_of_step

  subroutine write_progress(days)
    integer, intent(in) :: days
    integer :: unit
    if (options%progress_file == "" .or. .not. is_root()) return
    open (newunit=unit, file=trim(options%progress_file), action="write")
    write (unit, "(i0)") days
    close (unit)
  end subroutine write_progress

  subroutine end_of_run()
    call history_close()
    call record_close()
    if (options%summary_file /= "") call summary_write(options)
  end subroutine end_of_run

end module paramnet_plasim_run

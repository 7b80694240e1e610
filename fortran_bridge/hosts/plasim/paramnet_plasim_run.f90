! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> One coupled run: selects the scheme at each call, and writes the files when due.
module paramnet_plasim_run
  use, intrinsic :: iso_fortran_env, only: error_unit, real64
  use pumamod, only: NHOR, NLEV, nkits, mtspd, nrestart
  use paramnet_plasim_columns
  use paramnet_plasim_counters
  use paramnet_plasim_crm, only: crm_start, crm_step, crm_clouds
  use paramnet_plasim_crm_restart, only: crm_save, crm_restore
  use paramnet_plasim_daily, only: check_fallback_share, write_progress
  use paramnet_plasim_frequent, only: frequent_open, frequent_step, frequent_close
  use paramnet_plasim_grid, only: grid_init, is_root, steps_since_epoch
  use paramnet_plasim_guard, only: keep_physics, compare_with_teacher
  use paramnet_plasim_history, only: history_open, history_step, history_close
  use paramnet_plasim_learned, only: learned_start, passthrough_start, learned_limits, learned_save
  use paramnet_plasim_options, only: plasim_options, read_options, namelist_file
  use paramnet_plasim_physics, only: replaces_all_physics, physics_inputs, physics_rain, physics_apply, physics_sun, physics_save
  use paramnet_plasim_ramp, only: ramp_start, ramp_step
  use paramnet_plasim_record, only: record_open, record_write, record_close
  use paramnet_plasim_restart, only: crm_record, restart_check, restart_holds
  use paramnet_plasim_scheme, only: scheme_run, scheme_error, scheme_at_fault, scheme_measures_distance, scheme_far
  use paramnet_plasim_spcam, only: spcam_wanted, spcam_before, spcam_write, spcam_close
  use paramnet_plasim_state, only: state_check
  use paramnet_plasim_stop, only: end_if_any
  use paramnet_plasim_summary, only: clock_start, clock_stop_teacher, clock_stop_learned, summary_write, &
                                     summary_count_step
  use paramnet_plasim_tendencies, only: tendencies_begin, tendencies_end
  implicit none
  private
  public :: radiation, convection, clouds, save_state, end_of_step, end_of_run

  type(plasim_options) :: options
  type(column_inputs), target :: inputs
  type(column_outputs), target :: outputs     !< of the learned scheme, bound to it
  type(column_outputs) :: teacher_outputs
  real(real64) :: lower(NLEV, 3), upper(NLEV, 3) !< training range: heating, moistening, rain
  logical :: started = .false.
  logical :: replaces_physics = .false. !< the learned scheme includes radiation
  integer :: steps_done = 0

  external :: kuo_scheme, radstep_scheme !< the host's own

contains

  !> At the first call of the run: options, scheme, files. A mismatch ends the run here.
  subroutine start()
    character(len=1024) :: error
    started = .true.
    call grid_init()
    call read_options(options, error)
    if (.not. options%from_file .and. error == "" .and. is_root()) &
      write (error_unit, "(a)") "paramnet: no file "//namelist_file//" here: the host's own scheme acts (mode 'teacher')"
    call end_if_any(error, fault=.true.)
    call state_check(error)
    call end_if_any(error, fault=.true.)
    call restart_check(options, error)
    call end_if_any(error, fault=.true.)
    if (error == "" .and. (options%mode == "learned" .or. options%mode == "shadow")) then
      call take_inputs(inputs)
      call learned_start(options, inputs, outputs, error)
      if (error == "") call learned_limits(options%tendency_limit_margin, lower, upper, error)
      replaces_physics = replaces_all_physics()
      if (error == "" .and. options%mode == "learned") call ramp_start(options, error)
    end if
    if (error == "" .and. options%mode == "passthrough") &
      call passthrough_start(options, teacher_outputs, outputs, error)
    if (error == "" .and. options%mode == "crm") call crm_start(options, error)
    call end_if_any(error, fault=.true.)
    if (options%mode == "crm" .and. restart_holds(crm_record)) call crm_restore()
    if (options%history_file /= "") call history_open(options%history_file)
    if (options%frequent_file /= "") call frequent_open(options%frequent_file)
    if (options%mode == "record") call record_open(options%record_file)
  end subroutine start

  !> Replaces the host's radstep, which is called before its kuo.
  subroutine radiation()
    if (.not. started) call start()
    call tendencies_begin()
    if (replaces_physics) then
      call physics_sun()
    else
      call radstep_scheme()
    end if
  end subroutine radiation

  !> Replaces the host's kuo.
  subroutine convection()
    if (.not. started) call start()
    select case (options%mode)
    case ("off")
      call no_convection()
    case ("record")
      call record_teacher()
    case ("learned")
      call run_learned()
    case ("shadow")
      call run_shadow()
    case ("passthrough")
      call run_passthrough()
    case ("crm")
      call run_crm()
    case default
      call run_teacher()
    end select
  end subroutine convection

  !> After the host's precipitation, melting of snow that falls into warm air, and cloud diagnosis.
  subroutine clouds()
    call tendencies_end()
    if (options%mode == "crm") call crm_clouds()
  end subroutine clouds

  !> Called while the host writes its restart file.
  subroutine save_state()
    if (options%mode == "crm") call crm_save()
    if (options%mode == "learned") call learned_save(options)
    if (replaces_physics) call physics_save()
  end subroutine save_state

  subroutine run_teacher()
    call clock_start()
    call kuo_scheme()
    call clock_stop_teacher()
  end subroutine run_teacher

  !> The first nkits steps of a fresh run are shorter and not recorded, as in record_teacher.
  subroutine run_crm()
    logical :: recorded
    recorded = .false.
    if (options%spcam_history .and. nkits == 0) recorded = spcam_wanted(options%spcam_every, options%record_start)
    if (recorded) call spcam_before()
    call clock_start()
    call crm_step()
    call clock_stop_teacher()
  end subroutine run_crm

  !> The first nkits steps of a fresh run are shorter and not recorded.
  subroutine record_teacher()
    if (nkits > 0 .or. steps_since_epoch() < options%record_start .or. &
        mod(steps_since_epoch(), options%record_every) /= 0) then
      call run_teacher()
      return
    end if
    call take_inputs(inputs)
    call run_teacher()
    call increments_since(inputs, teacher_outputs)
    call record_write(inputs, teacher_outputs)
  end subroutine record_teacher

  !> In a ramp the outputs hold the teacher's result beforehand; the scheme blends its own into it.
  subroutine run_learned()
    logical :: marked(NHOR), ramped
    call clock_start()
    call take_inputs(inputs)
    ramped = ramp_step()
    if (ramped) call teachers_result()
    if (ramped) call copy_columns(spread(.true., 1, NHOR), teacher_outputs, outputs)
    call evaluate(marked)
    if (options%fallback .and. any(marked)) call fall_back(marked, ramped)
    call apply_outputs(inputs, outputs, options%cloud_threshold)
    if (replaces_physics) call physics_apply(marked .and. options%fallback)
    call clock_stop_learned()
  end subroutine run_learned

  !> The teacher acts on the host's arrays, which the learned scheme has not touched, so both see the same state.
  subroutine run_shadow()
    logical :: marked(NHOR)
    call clock_start()
    call take_inputs(inputs)
    call evaluate(marked)
    call clock_stop_learned()
    call run_teacher()
    call increments_since(inputs, teacher_outputs)
    if (options%fallback) call copy_columns(marked, teacher_outputs, outputs)
    call compare_with_teacher(outputs, teacher_outputs)
  end subroutine run_shadow

  !> The teacher's result reaches the host through an identity scheme: byte for byte the teacher's run.
  subroutine run_passthrough()
    logical :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    character(len=1024) :: error
    call run_teacher()
    call take_result(teacher_outputs)
    call scheme_run(input_marked, output_marked, outside)
    error = scheme_error()
    call end_if_any(error, fault=any_rank(scheme_at_fault()))
    call put_result(outputs)
  end subroutine run_passthrough

  !> The learned outputs of all columns from the copied inputs, with limits applied; marked: columns with a non-finite value.
  subroutine evaluate(marked)
    logical, intent(out) :: marked(NHOR)
    logical :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    character(len=1024) :: error
    if (replaces_physics) call physics_inputs()
    call scheme_run(input_marked, output_marked, outside)
    error = scheme_error()
    call end_if_any(error, fault=any_rank(scheme_at_fault()))
    if (replaces_physics) call physics_rain(outputs)
    marked = input_marked .or. output_marked
    call add_to(columns, real(NHOR, real64))
    call count_of(nonfinite_input, input_marked)
    call count_of(nonfinite_output, output_marked .and. .not. input_marked)
    call count_of(outside_envelope, outside)
    if (scheme_measures_distance()) call add_to(distance_columns, real(NHOR, real64))
    call count_of(far_from_training, scheme_far())
    call keep_physics(options, inputs, lower, upper, outputs)
  end subroutine evaluate

  !> The teacher's result for the marked columns only; the others keep the learned one. known: already computed.
  subroutine fall_back(marked, known)
    logical, intent(in) :: marked(NHOR), known
    call count_of(fallback_columns, marked)
    if (.not. known) call teachers_result()
    call copy_columns(marked, teacher_outputs, outputs)
  end subroutine fall_back

  !> The teacher's result for the copied inputs; includes the host's radiation where the scheme replaces that too.
  subroutine teachers_result()
    if (replaces_physics) call radstep_scheme()
    call kuo_scheme()
    call increments_since(inputs, teacher_outputs)
  end subroutine teachers_result

  subroutine end_of_step()
    character(len=200) :: error
    call history_step(options%history_every)
    call frequent_step(options%frequent_every)
    call spcam_write()
    call summary_count_step()
    steps_done = steps_done + 1
    if (mod(steps_done, mtspd) /= 0) return
    call check_fallback_share(options, options%days_before + steps_done/mtspd, error)
    if (error /= "") call write_and_close()
    call end_if_any(error, fault=.false.)
    call write_progress(options, steps_done/mtspd)
  end subroutine end_of_step

  subroutine end_of_run()
    call write_and_close()
  end subroutine end_of_run

  subroutine write_and_close()
    call history_close()
    call frequent_close()
    call record_close()
    call spcam_close()
    if (options%summary_file /= "") call summary_write(options)
  end subroutine write_and_close
end module paramnet_plasim_run

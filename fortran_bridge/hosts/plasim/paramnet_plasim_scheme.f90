! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The only module that runs a scheme of libparamnet. It is loaded, checked against this host, bound once, and run each step.
!> The first failure is kept: later calls do nothing, and scheme_error returns it.
module paramnet_plasim_scheme
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT, &
                      PARAMNET_FLAG_OUTSIDE_ENVELOPE, PARAMNET_FLAG_FAR_FROM_TRAINING, &
                      PARAMNET_STATUS_FILE, PARAMNET_STATUS_DEVICE, PARAMNET_STATUS_OUT_OF_MEMORY
  use pumamod, only: NHOR, NLEV, sigma, dp, ga, gascon, akap, alv, day_24hr, mtspd, mypid
  use paramnet_plasim_grid, only: steps_since_epoch
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: scheme_load, scheme_check_host, scheme_gives, bind_input, bind_output, scheme_limits, scheme_ramp, scheme_run, &
             scheme_free, scheme_error, scheme_at_fault, scheme_noise, scheme_state_size, scheme_start_state, scheme_set_state, &
             scheme_get_state, scheme_measures_distance, scheme_far

  interface bind_input
    module procedure bind_input_profile, bind_input_surface
  end interface bind_input
  interface bind_output
    module procedure bind_output_profile, bind_output_surface
  end interface bind_output

  type(paramnet_scheme) :: scheme
  character(len=:), allocatable :: message
  integer(int32) :: status = PARAMNET_OK
  logical :: measures_distance = .false., far(NHOR) = .false.

contains

  !> Load, and check the levels; precision: of the evaluation. The guard measures the distance from the training data where the
  !> scheme has a table of it; a scheme without refuses a limit, and is loaded without.
  subroutine scheme_load(options, precision)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(in) :: precision
    call load(distance_quantile=1.0_real64)
    measures_distance = status == PARAMNET_OK
    if (.not. measures_distance) call load(distance_quantile=0.0_real64)
    if (status == PARAMNET_OK) &
      call scheme%check_pressure(real(dp, real64), spread(dp, 2, NLEV)*spread(sigma, 1, NHOR), status=status, &
                                 message=message)

  contains

    subroutine load(distance_quantile)
      real(real64), intent(in) :: distance_quantile
      call scheme%load(trim(options%scheme), device=trim(options%device), threads=int(options%threads, int32), &
                       backend=trim(options%backend), precision=trim(precision), distance_quantile=distance_quantile, &
                       status=status, message=message)
    end subroutine load
  end subroutine scheme_load

  !> Time step and constants must be those of the training data.
  subroutine scheme_check_host()
    call check("time_step", real(day_24hr, real64)/mtspd)
    call check("tendency_interval", 2.0_real64*real(day_24hr, real64)/mtspd)
    call check("gravity", real(ga, real64))
    call check("gas_constant_of_dry_air", real(gascon, real64))
    call check("specific_heat_of_dry_air", real(gascon/akap, real64))
    call check("latent_heat_of_vaporization", real(alv, real64))
  end subroutine scheme_check_host

  subroutine check(name, value)
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    if (status == PARAMNET_OK) call scheme%check_constant(name, value, status=status, message=message)
  end subroutine check

  !> Return True if the scheme has a surface output of this name.
  logical function scheme_gives(name)
    character(len=*), intent(in) :: name
    real(real64) :: lower(1), upper(1)
    integer(int32) :: found
    character(len=:), allocatable :: why_not
    scheme_gives = .false.
    if (status /= PARAMNET_OK) return
    lower = 0.0_real64
    upper = 0.0_real64
    call scheme%output_limits(name, lower, upper, status=found, message=why_not)
    scheme_gives = found == PARAMNET_OK
  end function scheme_gives

  subroutine bind_input_profile(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
    if (status == PARAMNET_OK) call scheme%bind_input(name, units, array, status=status, message=message)
  end subroutine bind_input_profile

  subroutine bind_input_surface(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:)
    if (status == PARAMNET_OK) call scheme%bind_input(name, units, array, status=status, message=message)
  end subroutine bind_input_surface

  subroutine bind_output_profile(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
    if (status == PARAMNET_OK) call scheme%bind_output(name, units, array, status=status, message=message)
  end subroutine bind_output_profile

  subroutine bind_output_surface(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:)
    if (status == PARAMNET_OK) call scheme%bind_output(name, units, array, status=status, message=message)
  end subroutine bind_output_surface

  !> The training range of an output: (level), or one value for a surface output.
  subroutine scheme_limits(name, lower, upper)
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: lower(:), upper(:)
    if (status == PARAMNET_OK) call scheme%output_limits(name, lower, upper, status=status, message=message)
  end subroutine scheme_limits

  !> From the next run on: output = step/steps * network + (1 - step/steps) * bound array.
  subroutine scheme_ramp(step, steps)
    integer, intent(in) :: step, steps
    if (status == PARAMNET_OK) call scheme%ramp(int(step, int32), 0_int32, int(steps, int32), status=status, message=message)
  end subroutine scheme_ramp

  !> Evaluate all columns. Marked columns had a non-finite input or output; their outputs are zero.
  subroutine scheme_run(input_marked, output_marked, outside)
    logical, intent(out) :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    integer(int32) :: flags(NHOR)
    flags = 0
    if (status == PARAMNET_OK) call scheme%set_step(steps_since_epoch(), status=status, message=message)
    if (status == PARAMNET_OK) call scheme%run(int(NHOR, int32), flags, status=status, message=message)
    input_marked = iand(flags, PARAMNET_FLAG_NONFINITE_INPUT) /= 0
    output_marked = iand(flags, PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0
    outside = iand(flags, PARAMNET_FLAG_OUTSIDE_ENVELOPE) /= 0
    far = iand(flags, PARAMNET_FLAG_FAR_FROM_TRAINING) /= 0
  end subroutine scheme_run

  logical function scheme_measures_distance()
    scheme_measures_distance = measures_distance
  end function scheme_measures_distance

  !> Columns of the last run that are farther from the training data than any training column.
  function scheme_far()
    logical :: scheme_far(NHOR)
    scheme_far = far
  end function scheme_far

  !> Number the columns, over all ranks, and set seed and member of the random numbers.
  subroutine scheme_noise(options)
    type(plasim_options), intent(in) :: options
    integer(int32) :: column
    if (status == PARAMNET_OK) call scheme%bind_columns([(int(mypid*NHOR, int32) + column, column=0, NHOR - 1)], status=status, &
                                                        message=message)
    if (status == PARAMNET_OK) call scheme%set_noise(int(options%noise_seed, int32), int(options%noise_member, int32), &
                                                     status=status, message=message)
    if (status == PARAMNET_OK) call scheme%stochastic(options%stochastic, status=status, message=message)
  end subroutine scheme_noise

  !> Numbers per column that the scheme keeps from step to step.
  integer function scheme_state_size()
    scheme_state_size = scheme%state_size()
  end function scheme_state_size

  subroutine scheme_start_state()
    if (status == PARAMNET_OK) call scheme%start_state(status=status, message=message)
  end subroutine scheme_start_state

  subroutine scheme_set_state(state)
    real(real32), intent(in) :: state(:, :)
    if (status == PARAMNET_OK) call scheme%set_state(state, status=status, message=message)
  end subroutine scheme_set_state

  subroutine scheme_get_state(state)
    real(real32), intent(inout) :: state(:, :)
    if (status == PARAMNET_OK) call scheme%get_state(state, status=status, message=message)
  end subroutine scheme_get_state

  subroutine scheme_free()
    call scheme%free()
  end subroutine scheme_free

  !> Empty on success.
  function scheme_error() result(error)
    character(len=1024) :: error
    error = ""
    if (status /= PARAMNET_OK) error = message
  end function scheme_error

  !> Return True if the cause of the failure is the machine, not the scheme: a file, a device, memory.
  logical function scheme_at_fault()
    scheme_at_fault = any(status == [PARAMNET_STATUS_FILE, PARAMNET_STATUS_DEVICE, PARAMNET_STATUS_OUT_OF_MEMORY])
  end function scheme_at_fault

end module paramnet_plasim_scheme

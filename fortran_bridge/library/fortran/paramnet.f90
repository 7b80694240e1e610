!> Run a trained parameterization inside a Fortran model: load, bind, check, run, free.
!>
!> Every procedure ends with optional arguments status (PARAMNET_OK or PARAMNET_STATUS_*) and message; only run and enqueue
!> have one more after them, first, best given by keyword.  With status, the caller handles failures: nothing is printed.
!> Without it, the first failure goes to the hook that paramnet_set_error_hook registered, or to standard error; outputs
!> are unchanged and every later call fails the same way until load or free.  Nothing here stops the program.
!>
!> This file is the complete interface, so it is longer than others; the submodules of paramnet_*.f90 implement it.
module paramnet
  use, intrinsic :: iso_c_binding, only: c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_status
  implicit none
  private
  public :: paramnet_scheme, paramnet_version, paramnet_error_hook, paramnet_set_error_hook
  public :: PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, PARAMNET_STATUS_FILE, PARAMNET_STATUS_FORMAT, &
            PARAMNET_STATUS_CONTRACT_MISMATCH, PARAMNET_STATUS_UNBOUND, PARAMNET_STATUS_BACKEND, &
            PARAMNET_STATUS_DEVICE, PARAMNET_STATUS_OUT_OF_MEMORY, PARAMNET_STATUS_INTERNAL
  public :: PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT, PARAMNET_FLAG_OUTSIDE_ENVELOPE, &
            PARAMNET_FLAG_FAR_FROM_TRAINING

  !> A loaded scheme.  Do not copy it by assignment; free it once.
  type :: paramnet_scheme
    private
    type(c_ptr) :: handle = c_null_ptr
    type(failure_type) :: failure
  contains
    procedure :: load
    procedure :: share
    procedure :: free
    procedure :: loaded
    generic :: bind_input => bind_input_real32_1, bind_input_real32_2, bind_input_real32_3, &
      bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
    generic :: bind_output => bind_output_real32_1, bind_output_real32_2, bind_output_real32_3, &
      bind_output_real64_1, bind_output_real64_2, bind_output_real64_3
    generic :: check_pressure => check_pressure_real32, check_pressure_real64, check_pressure_real32_3, check_pressure_real64_3
    generic :: declare_grid => declare_grid_real32, declare_grid_real64
    generic :: declare_heights => declare_heights_real32, declare_heights_real64
    generic :: check_constant => check_constant_real32, check_constant_real64
    procedure :: run
    procedure :: enqueue
    procedure :: flush => flush_queue
    generic :: predict => predict_real32, predict_real64
    generic :: bind_input_perturbation => bind_input_perturbation_real32_1, bind_input_perturbation_real32_2, &
      bind_input_perturbation_real32_3, bind_input_perturbation_real64_1, bind_input_perturbation_real64_2, &
      bind_input_perturbation_real64_3
    generic :: bind_output_perturbation => bind_output_perturbation_real32_1, bind_output_perturbation_real32_2, &
      bind_output_perturbation_real32_3, bind_output_perturbation_real64_1, bind_output_perturbation_real64_2, &
      bind_output_perturbation_real64_3
    procedure :: linearize
    procedure :: tangent
    procedure :: adjoint
    procedure :: difference
    procedure :: add_fixer
    generic :: ramp => ramp_to, ramp_over
    procedure :: compare
    procedure :: comparison
    generic :: bind_columns => bind_columns_int32, bind_columns_int64
    generic :: set_step => set_step_int32, set_step_int64
    procedure :: set_noise
    procedure :: stochastic
    procedure :: state_size
    procedure :: random_numbers
    procedure :: start_state
    procedure :: set_state
    procedure :: get_state
    procedure :: counters
    procedure :: corrected
    procedure :: levels
    procedure :: describe => describe_scheme
    procedure :: output_limits
    procedure :: vertical_grid
    procedure, private :: bind_input_real32_1, bind_input_real32_2, bind_input_real32_3
    procedure, private :: bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
    procedure, private :: bind_output_real32_1, bind_output_real32_2, bind_output_real32_3
    procedure, private :: bind_output_real64_1, bind_output_real64_2, bind_output_real64_3
    procedure, private :: bind_input_perturbation_real32_1, bind_input_perturbation_real32_2, &
      bind_input_perturbation_real32_3
    procedure, private :: bind_input_perturbation_real64_1, bind_input_perturbation_real64_2, &
      bind_input_perturbation_real64_3
    procedure, private :: bind_output_perturbation_real32_1, bind_output_perturbation_real32_2, &
      bind_output_perturbation_real32_3
    procedure, private :: bind_output_perturbation_real64_1, bind_output_perturbation_real64_2, &
      bind_output_perturbation_real64_3
    procedure, private :: check_pressure_real32, check_pressure_real64, check_pressure_real32_3, check_pressure_real64_3
    procedure, private :: declare_grid_real32, declare_grid_real64
    procedure, private :: declare_heights_real32, declare_heights_real64
    procedure, private :: check_constant_real32, check_constant_real64
    procedure, private :: predict_real32, predict_real64
    procedure, private :: ramp_to, ramp_over
    procedure, private :: bind_columns_int32, bind_columns_int64, set_step_int32, set_step_int64
  end type paramnet_scheme

  ! Submodule paramnet_loading.
  interface
    !> Reads scheme.pt at path.  device: 'cpu' (default), 'cuda', 'cuda:N', 'auto'; precision: 'float32' (default),
    !> 'float64', 'bfloat16'; backend: 'auto' (default), 'native', 'torchscript', 'aoti'; threads of one call: default 1.
    !> envelope_tolerance widens the training range behind PARAMNET_FLAG_OUTSIDE_ENVELOPE by that fraction of itself,
    !> envelope_quantile narrows it from minimum..maximum to that quantile on either side: both default 0.
    !> distance_quantile: a column farther from the training data than this quantile of
    !> the training columns has PARAMNET_FLAG_FAR_FROM_TRAINING; default 0: off.  fallback: 'zero' (default) or 'keep', for
    !> columns that have one of fallback_flags (default: the two NONFINITE ones).  strict: .true. (default) refuses to
    !> run before check_pressure or declare_grid.  trust: .true. loads TorchScript that could do more than compute, if you
    !> trust its author (default .false.: it is refused).
    module subroutine load(self, path, device, threads, precision, backend, envelope_tolerance, envelope_quantile, &
                           distance_quantile, bfloat16_tolerance, fallback, fallback_flags, strict, trust, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: path
      character(len=*), intent(in), optional :: device, precision, backend, fallback
      integer(int32), intent(in), optional :: threads, fallback_flags
      real(real64), intent(in), optional :: envelope_tolerance, envelope_quantile, distance_quantile, bfloat16_tolerance
      logical, intent(in), optional :: strict, trust
      include 'paramnet_status_arguments.inc'
    end subroutine load

    !> Makes other a second handle of this scheme: same weights, threads, counters, ramp and fixers; separate arrays.
    module subroutine share(self, other, status, message)
      class(paramnet_scheme), intent(inout) :: self, other
      include 'paramnet_status_arguments.inc'
    end subroutine share

    !> Frees the scheme and clears a failure.  Harmless when nothing is loaded.
    module subroutine free(self)
      class(paramnet_scheme), intent(inout) :: self
    end subroutine free

    !> True after a successful load, until free.
    pure module logical function loaded(self)
      class(paramnet_scheme), intent(in) :: self
    end function loaded

    !> The library's version and that of its network engine.
    module function paramnet_version() result(text)
      character(len=:), allocatable :: text
    end function paramnet_version
  end interface

  ! Submodule paramnet_binding.
  interface
    !> Stores the address of an input's array, which run reads in place.  Name and units must be the contract's; with
    !> convert=.true. units of the same quantity may differ.  layout: rank 1 'column' (default) or 'level'; rank 2
    !> 'column,level' (default), 'level,column' or 'longitude,latitude'; rank 3 'longitude,latitude,level'.  levels:
    !> 'top_first' (default) or 'bottom_first'.  Binding a name again replaces its array.
    module subroutine bind_input_real32_1(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real32_1

    module subroutine bind_input_real32_2(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real32_2

    module subroutine bind_input_real32_3(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real32_3

    module subroutine bind_input_real64_1(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real64_1

    module subroutine bind_input_real64_2(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real64_2

    module subroutine bind_input_real64_3(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_real64_3

    !> The same for an output, which run writes.
    module subroutine bind_output_real32_1(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real32_1

    module subroutine bind_output_real32_2(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real32_2

    module subroutine bind_output_real32_3(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real32_3

    module subroutine bind_output_real64_1(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real64_1

    module subroutine bind_output_real64_2(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real64_2

    module subroutine bind_output_real64_3(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_real64_3
  end interface

  ! Submodule paramnet_checking.
  interface
    !> Compares the host's pressures (Pa) with a + b * surface pressure of the training grid, in every column given.
    !> order: 'top_first' (default) or 'bottom_first', the host's order of levels.
    module subroutine check_pressure_real32(self, surface_pressure, level_pressure, layout, relative_tolerance, order, &
                                            status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in), target :: surface_pressure(:), level_pressure(:, :)
      character(len=*), intent(in), optional :: layout, order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_pressure_real32

    module subroutine check_pressure_real64(self, surface_pressure, level_pressure, layout, relative_tolerance, order, &
                                            status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in), target :: surface_pressure(:), level_pressure(:, :)
      character(len=*), intent(in), optional :: layout, order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_pressure_real64

    !> The same of (longitude, latitude) and (longitude, latitude, level).
    module subroutine check_pressure_real32_3(self, surface_pressure, level_pressure, layout, relative_tolerance, order, &
                                              status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in), target :: surface_pressure(:, :), level_pressure(:, :, :)
      character(len=*), intent(in), optional :: layout, order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_pressure_real32_3

    module subroutine check_pressure_real64_3(self, surface_pressure, level_pressure, layout, relative_tolerance, order, &
                                              status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in), target :: surface_pressure(:, :), level_pressure(:, :, :)
      character(len=*), intent(in), optional :: layout, order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_pressure_real64_3

    !> Compares the host's grid, pressure (Pa) = a (Pa) + b * surface pressure at the middle of each level, with the
    !> training grid.  order: 'top_first' (default) or 'bottom_first', the order of a and b.
    module subroutine declare_grid_real32(self, a, b, order, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in) :: a(:), b(:)
      character(len=*), intent(in), optional :: order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine declare_grid_real32

    module subroutine declare_grid_real64(self, a, b, order, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in) :: a(:), b(:)
      character(len=*), intent(in), optional :: order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine declare_grid_real64

    !> Compares the host's levels with those of a scheme that has them by height (m, middle of each level); order as above.
    module subroutine declare_heights_real32(self, height, order, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in) :: height(:)
      character(len=*), intent(in), optional :: order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine declare_heights_real32

    module subroutine declare_heights_real64(self, height, order, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in) :: height(:)
      character(len=*), intent(in), optional :: order
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine declare_heights_real64

    !> Compares a host's constant with its value in training; also 'time_step' and 'tendency_interval' (s).
    module subroutine check_constant_real32(self, name, value, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: name
      real(real32), intent(in) :: value
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_constant_real32

    module subroutine check_constant_real64(self, name, value, relative_tolerance, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: name
      real(real64), intent(in) :: value
      real(real64), intent(in), optional :: relative_tolerance
      include 'paramnet_status_arguments.inc'
    end subroutine check_constant_real64
  end interface

  ! Submodule paramnet_running.
  interface
    !> Evaluates ncol columns of the bound arrays, from column first (default 1).  flags (size >= ncol) receives a sum of
    !> PARAMNET_FLAG_* per column, flags(1) that of column first.  Threads may run one scheme at once, on different columns.
    module subroutine run(self, ncol, flags, status, message, first)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      integer(int32), intent(inout), optional, contiguous, target :: flags(:)
      include 'paramnet_status_arguments.inc'
      integer(int32), intent(in), optional :: first
    end subroutine run

    !> Enqueues ncol columns, from column first (default 1), of this handle's arrays for the next flush.  The arrays and
    !> flags must still exist then: flags is a pointer so that the compiler makes no copy of it.  Several threads may
    !> enqueue chunks.
    module subroutine enqueue(self, ncol, flags, status, message, first)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      integer(int32), pointer, contiguous, intent(in), optional, asynchronous :: flags(:)
      include 'paramnet_status_arguments.inc'
      integer(int32), intent(in), optional :: first
    end subroutine enqueue

    !> Evaluates everything enqueued by this handle and all handles that share its scheme, as one call.
    module subroutine flush_queue(self, status, message)
      class(paramnet_scheme), intent(inout) :: self
      include 'paramnet_status_arguments.inc'
    end subroutine flush_queue

    !> One shot: y (column, n_out) of x (column, n_in), in the contract's order and units, independent of bound arrays.
    !> layout: 'level,column' for x(n_in, column), y(n_out, column).
    module subroutine predict_real32(self, x, y, flags, layout, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in), target :: x(:, :)
      real(real32), intent(inout), target :: y(:, :)
      integer(int32), intent(inout), optional, contiguous, target :: flags(:)
      character(len=*), intent(in), optional :: layout
      include 'paramnet_status_arguments.inc'
    end subroutine predict_real32

    module subroutine predict_real64(self, x, y, flags, layout, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in), target :: x(:, :)
      real(real64), intent(inout), target :: y(:, :)
      integer(int32), intent(inout), optional, contiguous, target :: flags(:)
      character(len=*), intent(in), optional :: layout
      include 'paramnet_status_arguments.inc'
    end subroutine predict_real64
  end interface

  ! Submodule paramnet_derivatives: L, the Jacobian of the outputs with respect to the inputs, column by column.  Native backend
  ! in float32.
  interface
    !> The array of an input's perturbation, in the input's units: tangent reads it, adjoint adds to it.  Arguments as for
    !> bind_input.  An input without an array is held fixed.
    module subroutine bind_input_perturbation_real32_1(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real32_1

    module subroutine bind_input_perturbation_real32_2(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real32_2

    module subroutine bind_input_perturbation_real32_3(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real32_3

    module subroutine bind_input_perturbation_real64_1(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real64_1

    module subroutine bind_input_perturbation_real64_2(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real64_2

    module subroutine bind_input_perturbation_real64_3(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_input_perturbation_real64_3

    !> The same for an output: tangent writes it, adjoint reads it, as the derivative of a scalar per unit of the output.  An
    !> output without an array is not computed, and its adjoint is 0.
    module subroutine bind_output_perturbation_real32_1(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real32_1

    module subroutine bind_output_perturbation_real32_2(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real32_2

    module subroutine bind_output_perturbation_real32_3(self, name, units, array, layout, levels, convert, status, message)
      real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real32_3

    module subroutine bind_output_perturbation_real64_1(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real64_1

    module subroutine bind_output_perturbation_real64_2(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real64_2

    module subroutine bind_output_perturbation_real64_3(self, name, units, array, layout, levels, convert, status, message)
      real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
      include 'paramnet_bind_arguments.inc'
    end subroutine bind_output_perturbation_real64_3

    !> Keeps the derivative at the first ncol columns of the bound inputs until the next call; outputs are not written.  Branches
    !> (limits, rectifiers, the larger of two numbers) are those of this point; state and random numbers are held fixed.
    !> precision: 'float32' (default) or 'float64', the arithmetic of tangent and adjoint.  Nothing is allocated after the first
    !> call with most columns.  Threads use a shared handle each; calls of one handle wait for each other.
    module subroutine linearize(self, ncol, precision, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      character(len=*), intent(in), optional :: precision
      include 'paramnet_status_arguments.inc'
    end subroutine linearize

    !> Output perturbations = L * input perturbations, of the first ncol columns, at most as many as were linearized.
    module subroutine tangent(self, ncol, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      include 'paramnet_status_arguments.inc'
    end subroutine tangent

    !> Input perturbations += transpose of L * output perturbations, which stay unchanged.
    module subroutine adjoint(self, ncol, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      include 'paramnet_status_arguments.inc'
    end subroutine adjoint

    !> What tangent approximates, for tests of it: output perturbations = f(x + input perturbations) - f(x), in float64.
    module subroutine difference(self, ncol, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: ncol
      include 'paramnet_status_arguments.inc'
    end subroutine difference
  end interface

  ! Submodule paramnet_treatment.
  interface
    !> Adds a fixer: 'non_negative_water', 'column_water_closure', 'column_enthalpy_closure', 'column_water_flux_closure',
    !> 'column_energy_closure' or 'output_limits'. Fixers act on the network's outputs in the order added; roles names the
    !> variables, 'role=variable, role=variable' (see paramnet.h).
    module subroutine add_fixer(self, kind, roles, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: kind, roles
      include 'paramnet_status_arguments.inc'
    end subroutine add_fixer

    !> From now on: output = fraction * network + (1 - fraction) * host array.
    module subroutine ramp_to(self, fraction, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(in) :: fraction
      include 'paramnet_status_arguments.inc'
    end subroutine ramp_to

    !> The same, by the host's step: only the host's scheme up to step start, only the network from start + steps on.
    module subroutine ramp_over(self, step, start, steps, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: step, start, steps
      include 'paramnet_status_arguments.inc'
    end subroutine ramp_over

    !> .true.: run computes, compares with the host's arrays and does not change them; .false.: as usual.
    module subroutine compare(self, on, status, message)
      class(paramnet_scheme), intent(inout) :: self
      logical, intent(in) :: on
      include 'paramnet_status_arguments.inc'
    end subroutine compare

    !> Network minus host of one output since compare(.true.), per level, top first, in the contract's units.
    module subroutine comparison(self, name, bias, rms, largest, columns, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: name
      real(real64), intent(inout) :: bias(:)
      real(real64), intent(inout) :: rms(size(bias)), largest(size(bias))
      integer(int64), intent(out), optional :: columns
      include 'paramnet_status_arguments.inc'
    end subroutine comparison
  end interface

  ! Submodule paramnet_carried: stochastic schemes, and schemes with state that they keep from step to step.
  interface
    !> Global numbers of this handle's columns, at least 0 and different on all ranks; copied.  Call it once, before start_state or
    !> set_state.  Random numbers depend on seed, member, step and these numbers, so they are the same for any ranks,
    !> threads and chunks, and after a restart.
    module subroutine bind_columns_int32(self, numbers, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: numbers(:)
      include 'paramnet_status_arguments.inc'
    end subroutine bind_columns_int32

    module subroutine bind_columns_int64(self, numbers, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int64), intent(in), contiguous, target :: numbers(:)
      include 'paramnet_status_arguments.inc'
    end subroutine bind_columns_int64

    !> The host's step, at least 0, for all handles of the scheme; call it before the runs of each step.  With state, steps are
    !> consecutive; runs at the same step start from the same state.
    module subroutine set_step_int32(self, step, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: step
      include 'paramnet_status_arguments.inc'
    end subroutine set_step_int32

    module subroutine set_step_int64(self, step, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int64), intent(in) :: step
      include 'paramnet_status_arguments.inc'
    end subroutine set_step_int64

    !> Seed and ensemble member of the random numbers, at least 0, for all handles of the scheme; both 0 after load.
    module subroutine set_noise(self, seed, member, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int32), intent(in) :: seed, member
      include 'paramnet_status_arguments.inc'
    end subroutine set_noise

    !> .false.: zeros in place of random numbers; .true. after load.
    module subroutine stochastic(self, on, status, message)
      class(paramnet_scheme), intent(inout) :: self
      logical, intent(in) :: on
      include 'paramnet_status_arguments.inc'
    end subroutine stochastic

    !> Numbers per column that the scheme keeps from step to step; 0 when nothing is loaded.
    module integer(int32) function state_size(self)
      class(paramnet_scheme), intent(in) :: self
    end function state_size

    !> Random numbers that the scheme takes per column and call; 0 when nothing is loaded.
    module integer(int32) function random_numbers(self)
      class(paramnet_scheme), intent(in) :: self
    end function random_numbers

    !> Cold start: all columns of this handle get the start values.
    module subroutine start_state(self, status, message)
      class(paramnet_scheme), intent(inout) :: self
      include 'paramnet_status_arguments.inc'
    end subroutine start_state

    !> The state of this handle's columns, state(ncol, state_size()), from the host's restart file and for it.
    module subroutine set_state(self, state, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(in), contiguous, target :: state(:, :)
      include 'paramnet_status_arguments.inc'
    end subroutine set_state

    !> state(ncol, state_size()) of this handle's columns, for the restart at the next step.
    module subroutine get_state(self, state, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real32), intent(inout), contiguous, target :: state(:, :)
      include 'paramnet_status_arguments.inc'
    end subroutine get_state
  end interface

  ! Submodule paramnet_queries.
  interface
    !> Counts since load, over all handles of the scheme: calls, and columns in total, by flag and by fixer.
    module subroutine counters(self, calls, columns, nonfinite_input, nonfinite_output, outside_envelope, &
                               far_from_training, fallen_back, corrected, status, message)
      class(paramnet_scheme), intent(inout) :: self
      integer(int64), intent(out), optional :: calls, columns, nonfinite_input, nonfinite_output, outside_envelope
      integer(int64), intent(out), optional :: far_from_training, fallen_back
      integer(int64), intent(out), optional :: corrected(3) !< non_negative_water, water closure, enthalpy closure
      include 'paramnet_status_arguments.inc'
    end subroutine counters

    !> Columns that one kind of fixer changed noticeably since load.
    module subroutine corrected(self, fixer, columns, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: fixer
      integer(int64), intent(out) :: columns
      include 'paramnet_status_arguments.inc'
    end subroutine corrected

    !> Levels of the scheme's grid; 0 when nothing is loaded.
    module integer(int32) function levels(self)
      class(paramnet_scheme), intent(in) :: self
    end function levels

    !> One line: name, contract, backend, device, precision, threads.
    module function describe_scheme(self) result(line)
      class(paramnet_scheme), intent(in) :: self
      character(len=:), allocatable :: line
    end function describe_scheme

    !> Smallest and largest training value of an output, per level, in its units.
    module subroutine output_limits(self, name, minimum, maximum, status, message)
      class(paramnet_scheme), intent(inout) :: self
      character(len=*), intent(in) :: name
      real(real64), intent(inout) :: minimum(:), maximum(:)
      include 'paramnet_status_arguments.inc'
    end subroutine output_limits

    !> Pressure at layer midpoints = a_mid (Pa) + b_mid * surface pressure, top first; arrays of size levels().
    module subroutine vertical_grid(self, a_mid, b_mid, status, message)
      class(paramnet_scheme), intent(inout) :: self
      real(real64), intent(inout) :: a_mid(:), b_mid(:)
      include 'paramnet_status_arguments.inc'
    end subroutine vertical_grid
  end interface
end module paramnet

!> Run a trained parameterization inside a Fortran model: load, bind, check, run, free.
!>
!> Every procedure ends with optional arguments status (PARAMNET_OK or PARAMNET_STATUS_*) and message; only run and enqueue
!> have one more after them, first, best given by keyword.  With status, the caller handles failures: nothing is printed.
!> Without it, the first failure goes to the hook that paramnet_set_error_hook registered, or to standard error; outputs
!> are unchanged and every later call fails the same way until load or free.  Nothing here stops the program.
module paramnet
  use, intrinsic :: iso_c_binding, only: c_char, c_loc
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use paramnet_c
  use paramnet_c_queries
  use paramnet_running, only: running_type
  use paramnet_status
  use paramnet_text, only: characters, string
  implicit none
  private
  public :: paramnet_scheme, paramnet_version, paramnet_error_hook, paramnet_set_error_hook
  public :: PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, PARAMNET_STATUS_FILE, PARAMNET_STATUS_FORMAT, &
            PARAMNET_STATUS_CONTRACT_MISMATCH, PARAMNET_STATUS_UNBOUND, PARAMNET_STATUS_BACKEND, &
            PARAMNET_STATUS_DEVICE, PARAMNET_STATUS_OUT_OF_MEMORY, PARAMNET_STATUS_INTERNAL
  public :: PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT, PARAMNET_FLAG_OUTSIDE_ENVELOPE, &
            PARAMNET_FLAG_FAR_FROM_TRAINING

  !> A loaded scheme.  Do not copy it by assignment; free it once.
  type, extends(running_type) :: paramnet_scheme
  contains
    procedure :: load
    procedure :: share
    procedure :: add_fixer
    generic :: ramp => ramp_to, ramp_over
    procedure :: compare
    procedure :: comparison
    procedure :: counters
    procedure, private :: ramp_to, ramp_over
  end type paramnet_scheme

contains

  !> Reads scheme.pt at path.  device: 'cpu' (default), 'cuda', 'cuda:N', 'auto'; precision: 'float32' (default),
  !> 'float64', 'bfloat16'; backend: 'auto' (default), 'native', 'torchscript', 'aoti'; threads of one call: default 1.
  !> envelope_tolerance widens the training range behind PARAMNET_FLAG_OUTSIDE_ENVELOPE by that fraction of itself,
  !> envelope_quantile narrows it from minimum..maximum to that quantile on either side: both default 0.
  !> distance_quantile: a column farther from the training data than this quantile of
  !> the training columns has PARAMNET_FLAG_FAR_FROM_TRAINING; default 0: off.  fallback: 'zero' (default) or 'keep', for
  !> columns that have one of fallback_flags (default: the two NONFINITE ones).  strict: .true. (default) refuses to
  !> run before check_pressure or declare_grid.  trust: .true. loads TorchScript that could do more than compute, if you
  !> trust its author (default .false.: it is refused).
  subroutine load(self, path, device, threads, precision, backend, envelope_tolerance, envelope_quantile, &
                  distance_quantile, bfloat16_tolerance, fallback, fallback_flags, strict, trust, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: path
    character(len=*), intent(in), optional :: device, precision, backend, fallback
    integer(int32), intent(in), optional :: threads, fallback_flags
    real(real64), intent(in), optional :: envelope_tolerance, envelope_quantile, distance_quantile, bfloat16_tolerance
    logical, intent(in), optional :: strict, trust
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    character(kind=c_char), allocatable, target :: device_text(:), precision_text(:), backend_text(:), fallback_text(:)
    type(c_options) :: options
    integer(int32) :: code

    call self%free()
    code = c_options_init(options)
    if (present(device)) then
      device_text = characters(device)
      options%device = c_loc(device_text)
    end if
    if (present(precision)) then
      precision_text = characters(precision)
      options%precision = c_loc(precision_text)
    end if
    if (present(backend)) then
      backend_text = characters(backend)
      options%backend = c_loc(backend_text)
    end if
    if (present(fallback)) then
      fallback_text = characters(fallback)
      options%fallback = c_loc(fallback_text)
    end if
    if (present(threads)) options%threads = threads
    if (present(envelope_tolerance)) options%envelope_tolerance = envelope_tolerance
    if (present(envelope_quantile)) options%envelope_quantile = envelope_quantile
    if (present(distance_quantile)) options%distance_quantile = distance_quantile
    if (present(bfloat16_tolerance)) options%bfloat16_tolerance = bfloat16_tolerance
    if (present(fallback_flags)) options%fallback_flags = fallback_flags
    if (present(strict)) options%strict = merge(1_int32, 0_int32, strict)
    if (present(trust)) options%trust = merge(1_int32, 0_int32, trust)
    if (code == PARAMNET_OK) code = c_load(characters(path), options, self%handle)
    code = self%settled(code, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine load

  !> Makes other a second handle of this scheme: same weights, threads, counters, ramp and fixers; separate arrays.
  subroutine share(self, other, status, message)
    class(paramnet_scheme), intent(inout) :: self
    class(paramnet_scheme), intent(inout) :: other
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    call other%free()
    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_share(self%handle, other%handle), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine share

  !> Adds a fixer: 'nonnegative_water', 'column_water_closure' or 'column_enthalpy_closure'. Fixers act on the network's
  !> outputs in the order added; roles names the variables, 'role=variable, role=variable' (see paramnet.h).
  subroutine add_fixer(self, kind, roles, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: kind, roles
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) &
      code = self%settled(c_add_fixer(self%handle, characters(kind), characters(roles)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine add_fixer

  !> From now on: output = fraction * network + (1 - fraction) * host array.
  subroutine ramp_to(self, fraction, status, message)
    class(paramnet_scheme), intent(inout) :: self
    real(real64), intent(in) :: fraction
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_set_ramp(self%handle, fraction), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine ramp_to

  !> The same, by the host's step: only the host's scheme up to step start, only the network from start + steps on.
  subroutine ramp_over(self, step, start, steps, status, message)
    class(paramnet_scheme), intent(inout) :: self
    integer(int32), intent(in) :: step, start, steps
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    real(real64) :: passed

    passed = real(step, real64) - real(start, real64)
    call self%ramp_to(min(1.0_real64, max(0.0_real64, passed / real(max(1_int32, steps), real64))), status)
    if (present(message)) message = self%said
  end subroutine ramp_over

  !> .true.: run computes, compares with the host's arrays and does not change them; .false.: as usual.
  subroutine compare(self, on, status, message)
    class(paramnet_scheme), intent(inout) :: self
    logical, intent(in) :: on
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) &
      code = self%settled(c_set_comparison(self%handle, merge(1_int32, 0_int32, on)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine compare

  !> Network minus host of one output since compare(.true.), per level, top first, in the contract's units.
  subroutine comparison(self, name, bias, rms, largest, columns, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: bias(:)
    real(real64), intent(inout) :: rms(size(bias)), largest(size(bias))
    integer(int64), intent(out), optional :: columns
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int64) :: seen
    integer(int32) :: code

    seen = 0
    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_comparison(self%handle, characters(name), size(bias, kind=int64), &
      bias, rms, largest, seen), present(status))
    if (present(columns)) columns = seen
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine comparison

  !> Counts since load, over all handles of the scheme: calls, and columns in total, by flag and by fixer.
  subroutine counters(self, calls, columns, nonfinite_input, nonfinite_output, outside_envelope, far_from_training, &
                      fallen_back, corrected, status, message)
    class(paramnet_scheme), intent(inout) :: self
    integer(int64), intent(out), optional :: calls, columns, nonfinite_input, nonfinite_output, outside_envelope
    integer(int64), intent(out), optional :: far_from_training, fallen_back
    integer(int64), intent(out), optional :: corrected(3) !< nonnegative_water, water closure, enthalpy closure
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    type(c_counts) :: counts
    integer(int32) :: code

    counts = c_counts(0, 0, 0, 0, 0, 0, 0, 0)
    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_counters(self%handle, counts), present(status))
    if (present(calls)) calls = counts%calls
    if (present(columns)) columns = counts%columns
    if (present(nonfinite_input)) nonfinite_input = counts%nonfinite_input
    if (present(nonfinite_output)) nonfinite_output = counts%nonfinite_output
    if (present(outside_envelope)) outside_envelope = counts%outside_envelope
    if (present(far_from_training)) far_from_training = counts%far_from_training
    if (present(fallen_back)) fallen_back = counts%fallen_back
    if (present(corrected)) corrected = counts%corrected
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine counters

  !> The library's version and that of its network engine.
  function paramnet_version() result(text)
    character(len=:), allocatable :: text
    text = string(c_version())
  end function paramnet_version
end module paramnet

!> Run a trained parameterization inside a Fortran model: load, bind, check, run, free.
!>
!> Every procedure ends with two optional arguments: status (PARAMNET_OK or PARAMNET_STATUS_*) and message.  With
!> status, failures are the caller's: nothing is printed.  Without it, the first failure is written to standard error
!> once, outputs stay untouched and every later call fails the same way until load or free.  Nothing stops the program.
module paramnet
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, int64, real32, real64
  use paramnet_arrays, only: describe, orient
  use paramnet_c
  use paramnet_text, only: characters, decimal, string
  implicit none
  private
  public :: paramnet_scheme, paramnet_version

  integer(int32), parameter, public :: PARAMNET_OK = 0
  integer(int32), parameter, public :: PARAMNET_STATUS_INVALID_ARGUMENT = 1
  integer(int32), parameter, public :: PARAMNET_STATUS_FILE = 2
  integer(int32), parameter, public :: PARAMNET_STATUS_FORMAT = 3
  integer(int32), parameter, public :: PARAMNET_STATUS_CONTRACT_MISMATCH = 4
  integer(int32), parameter, public :: PARAMNET_STATUS_UNBOUND = 5
  integer(int32), parameter, public :: PARAMNET_STATUS_BACKEND = 6
  integer(int32), parameter, public :: PARAMNET_STATUS_DEVICE = 7
  integer(int32), parameter, public :: PARAMNET_STATUS_OUT_OF_MEMORY = 8
  integer(int32), parameter, public :: PARAMNET_STATUS_INTERNAL = 9

  integer(int32), parameter, public :: PARAMNET_FLAG_NONFINITE_INPUT = 1
  integer(int32), parameter, public :: PARAMNET_FLAG_NONFINITE_OUTPUT = 2
  integer(int32), parameter, public :: PARAMNET_FLAG_OUTSIDE_ENVELOPE = 4

  real(real64), parameter :: default_tolerance = 1.0e-3_real64

  !> A loaded scheme.  Do not copy it by assignment; free it once.
  type :: paramnet_scheme
    private
    type(c_ptr) :: handle = c_null_ptr
    integer(int32) :: failed = PARAMNET_OK       ! a failure that no caller took, which every later call repeats
    character(len=:), allocatable :: said        ! the message of the last call
  contains
    procedure :: load
    procedure :: free
    procedure :: loaded
    procedure :: levels
    procedure :: describe => describe_scheme
    procedure :: run
    procedure :: check_pressure
    procedure :: check_constant
    procedure :: output_limits
    procedure :: vertical_grid
    procedure :: counters
    generic :: bind_input => bind_input_real32_1, bind_input_real32_2, bind_input_real64_1, bind_input_real64_2
    generic :: bind_output => bind_output_real32_1, bind_output_real32_2, bind_output_real64_1, bind_output_real64_2
    procedure, private :: bind_input_real32_1, bind_input_real32_2, bind_input_real64_1, bind_input_real64_2
    procedure, private :: bind_output_real32_1, bind_output_real32_2, bind_output_real64_1, bind_output_real64_2
  end type paramnet_scheme

contains

  !> Reads scheme.pt at path.  device: 'cpu' (default), 'cuda', 'cuda:N', 'auto'; precision: 'float32' (default) or
  !> 'float64'; backend: 'auto' (default) or 'torchscript'; threads of one call: default 1; envelope_tolerance widens
  !> the training range behind PARAMNET_FLAG_OUTSIDE_ENVELOPE by that fraction of itself: default 0.
  subroutine load(self, path, device, threads, precision, backend, envelope_tolerance, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: path
    character(len=*), intent(in), optional :: device, precision, backend
    integer(int32), intent(in), optional :: threads
    real(real64), intent(in), optional :: envelope_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    character(kind=c_char), allocatable, target :: device_text(:), precision_text(:), backend_text(:)
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
    if (present(threads)) options%threads = threads
    if (present(envelope_tolerance)) options%envelope_tolerance = envelope_tolerance
    if (code == PARAMNET_OK) code = c_load(characters(path), options, self%handle)
    code = settled(self, code, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine load

  !> Gives the scheme back and forgets a failure.  Harmless when nothing is loaded.
  subroutine free(self)
    class(paramnet_scheme), intent(inout) :: self
    integer(int32) :: code

    code = c_free(self%handle)
    self%handle = c_null_ptr
    self%failed = PARAMNET_OK
    self%said = ''
  end subroutine free

  pure logical function loaded(self)
    class(paramnet_scheme), intent(in) :: self
    loaded = c_associated(self%handle)
  end function loaded

  !> Levels of the scheme's grid; 0 when nothing is loaded.
  integer(int32) function levels(self)
    class(paramnet_scheme), intent(in) :: self
    integer(int64) :: count

    levels = 0
    if (c_level_count(self%handle, count) == PARAMNET_OK) levels = int(count, int32)
  end function levels

  !> One line: name, contract, backend, device, precision, threads.
  function describe_scheme(self) result(line)
    class(paramnet_scheme), intent(in) :: self
    character(len=:), allocatable :: line
    type(c_ptr) :: text

    line = 'no scheme loaded'
    if (c_describe(self%handle, text) == PARAMNET_OK) line = string(text)
  end function describe_scheme

  !> Evaluates columns 1..ncol.  flags (size >= ncol) receives a sum of PARAMNET_FLAG_* per column; outputs of columns
  !> with a non-finite input or output are zero.
  subroutine run(self, ncol, flags, status, message)
    class(paramnet_scheme), intent(inout) :: self
    integer(int32), intent(in) :: ncol
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    type(c_ptr) :: address
    integer(int32) :: code

    address = c_null_ptr
    code = self%failed
    if (present(flags) .and. code == PARAMNET_OK) then
      if (size(flags) < ncol) code = refused(self, present(status), 'run: flags: expected at least ncol = ' // &
        decimal(ncol) // ' elements, got ' // decimal(size(flags, kind=int32)))
      if (size(flags) > 0) address = c_loc(flags)
    end if
    if (code == PARAMNET_OK) code = settled(self, c_run(self%handle, int(ncol, int64), address), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine run

  !> Compares the host's pressures (Pa) with a + b * surface pressure of the training grid, in every column given.
  subroutine check_pressure(self, surface_pressure, level_pressure, layout, relative_tolerance, status, message)
    class(paramnet_scheme), intent(inout) :: self
    real(real64), intent(in), target :: surface_pressure(:), level_pressure(:, :)
    character(len=*), intent(in), optional :: layout
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    type(c_array) :: surface, level
    integer(int32) :: code

    surface = describe(surface_pressure)
    level = describe(level_pressure)
    code = self%failed
    if (code == PARAMNET_OK) code = laid_out(self, 'check_pressure', level, 2, layout, present(status))
    if (code == PARAMNET_OK) code = settled(self, c_check_pressure(self%handle, surface%columns, surface, level, &
      tolerance(relative_tolerance)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_pressure

  !> Compares a host's constant with the training's; also 'time_step' and 'tendency_interval' (s).
  subroutine check_constant(self, name, value, relative_tolerance, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = settled(self, c_check_constant(self%handle, characters(name), value, &
      tolerance(relative_tolerance)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_constant

  !> Smallest and largest training value of an output, per level, in its units.
  subroutine output_limits(self, name, minimum, maximum, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: minimum(:), maximum(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'output_limits', minimum, maximum, present(status))
    if (code == PARAMNET_OK) code = settled(self, c_output_limits(self%handle, characters(name), &
      size(minimum, kind=int64), minimum, maximum), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine output_limits

  !> Pressure at layer midpoints = a_mid (Pa) + b_mid * surface pressure, top first; arrays of size levels().
  subroutine vertical_grid(self, a_mid, b_mid, status, message)
    class(paramnet_scheme), intent(inout) :: self
    real(real64), intent(inout) :: a_mid(:), b_mid(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'vertical_grid', a_mid, b_mid, present(status))
    if (code == PARAMNET_OK) code = settled(self, c_vertical_grid(self%handle, PARAMNET_MIDPOINTS, &
      size(a_mid, kind=int64), a_mid, b_mid), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine vertical_grid

  !> What has happened since load: calls of run, and columns in all and by flag.
  subroutine counters(self, calls, columns, nonfinite_input, nonfinite_output, outside_envelope, status, message)
    class(paramnet_scheme), intent(inout) :: self
    integer(int64), intent(out), optional :: calls, columns, nonfinite_input, nonfinite_output, outside_envelope
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    type(c_counts) :: counts
    integer(int32) :: code

    counts = c_counts(0, 0, 0, 0, 0)
    code = self%failed
    if (code == PARAMNET_OK) code = settled(self, c_counters(self%handle, counts), present(status))
    if (present(calls)) calls = counts%calls
    if (present(columns)) columns = counts%columns
    if (present(nonfinite_input)) nonfinite_input = counts%nonfinite_input
    if (present(nonfinite_output)) nonfinite_output = counts%nonfinite_output
    if (present(outside_envelope)) outside_envelope = counts%outside_envelope
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine counters

  !> Binding stores where an array lies: it must stay there until free or until the name is bound again.  Any section
  !> with constant strides is taken as it is.  layout: 'column,level' (default) or 'level,column' for rank 2; 'column'
  !> (default) or 'level' (a single column) for rank 1.

  subroutine bind_input_real32_1(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 1, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real32_1

  subroutine bind_input_real32_2(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 2, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real32_2

  subroutine bind_input_real64_1(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), intent(in), target :: array(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 1, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real64_1

  subroutine bind_input_real64_2(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), intent(in), target :: array(:, :)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 2, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real64_2

  subroutine bind_output_real32_1(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), intent(inout), target :: array(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .true., name, units, describe(array), 1, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_output_real32_1

  subroutine bind_output_real32_2(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), intent(inout), target :: array(:, :)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .true., name, units, describe(array), 2, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_output_real32_2

  subroutine bind_output_real64_1(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .true., name, units, describe(array), 1, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_output_real64_1

  subroutine bind_output_real64_2(self, name, units, array, layout, status, message)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .true., name, units, describe(array), 2, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_output_real64_2

  ! Below: each helper returns the status and leaves the message in self%said; taken says that the caller will see the
  ! status.  They do not pass the optional message on, whose length gfortran 12 loses on the way back.

  function bind_array(self, output, name, units, description, rank, layout, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    logical, intent(in) :: output, taken
    character(len=*), intent(in) :: name, units
    type(c_array), intent(in) :: description
    integer, intent(in) :: rank
    character(len=*), intent(in), optional :: layout
    type(c_array) :: array
    integer(int32) :: code

    array = description
    code = self%failed
    if (code == PARAMNET_OK) code = laid_out(self, name, array, rank, layout, taken)
    if (code /= PARAMNET_OK) return
    if (output) then
      code = settled(self, c_bind_output(self%handle, characters(name), characters(units), array), taken)
    else
      code = settled(self, c_bind_input(self%handle, characters(name), characters(units), array), taken)
    end if
  end function bind_array

  function laid_out(self, name, array, rank, layout, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: name
    type(c_array), intent(inout) :: array
    integer, intent(in) :: rank
    character(len=*), intent(in), optional :: layout
    logical, intent(in) :: taken
    integer(int32) :: code
    logical :: known

    code = PARAMNET_OK
    if (.not. present(layout)) return
    call orient(array, rank, layout, known)
    if (.not. known) code = refused(self, taken, unknown_layout(name, rank, layout))
  end function laid_out

  function same_size(self, what, first, second, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: what
    real(real64), intent(in) :: first(:), second(:)
    logical, intent(in) :: taken
    integer(int32) :: code

    code = PARAMNET_OK
    if (size(first) /= size(second)) code = refused(self, taken, what // ': expected two arrays of one size, got ' // &
      decimal(size(first, kind=int32)) // ' and ' // decimal(size(second, kind=int32)))
  end function same_size

  !> What the C ABI returned, with its message.
  function settled(self, status, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    integer(int32), intent(in) :: status
    logical, intent(in) :: taken
    integer(int32) :: code

    code = status
    if (code == PARAMNET_OK) then
      self%said = ''
    else
      call fail(self, code, string(c_last_error()), taken)
    end if
  end function settled

  !> An argument that this module itself turns down.
  function refused(self, taken, text) result(code)
    class(paramnet_scheme), intent(inout) :: self
    logical, intent(in) :: taken
    character(len=*), intent(in) :: text
    integer(int32) :: code

    code = PARAMNET_STATUS_INVALID_ARGUMENT
    call fail(self, code, text, taken)
  end function refused

  subroutine fail(self, code, text, taken)
    class(paramnet_scheme), intent(inout) :: self
    integer(int32), intent(in) :: code
    character(len=*), intent(in) :: text
    logical, intent(in) :: taken
    integer :: unwritten

    self%said = text
    if (taken) return
    self%failed = code
    write (error_unit, '(a)', iostat=unwritten) 'paramnet: ' // text
  end subroutine fail

  pure function unknown_layout(name, rank, layout) result(text)
    character(len=*), intent(in) :: name, layout
    integer, intent(in) :: rank
    character(len=:), allocatable :: text

    if (rank == 1) then
      text = name // ": expected layout 'column' or 'level' for a rank-1 array, got '" // layout // "'"
    else
      text = name // ": expected layout 'column,level' or 'level,column' for a rank-2 array, got '" // layout // "'"
    end if
  end function unknown_layout

  pure real(real64) function tolerance(given)
    real(real64), intent(in), optional :: given

    tolerance = default_tolerance
    if (present(given)) tolerance = given
  end function tolerance

  !> The library's version and that of its network engine.
  function paramnet_version() result(text)
    character(len=:), allocatable :: text
    text = string(c_version())
  end function paramnet_version
end module paramnet

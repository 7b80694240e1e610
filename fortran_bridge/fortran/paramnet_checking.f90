!> Checks of the host against the scheme's contract, and what the scheme says of itself.
module paramnet_checking
  use, intrinsic :: iso_c_binding, only: c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use paramnet_arrays, only: describe
  use paramnet_bind_output, only: output_bound_type
  use paramnet_c
  use paramnet_c_queries
  use paramnet_layout, only: arrange
  use paramnet_status, only: PARAMNET_OK
  use paramnet_text, only: characters, decimal, string
  implicit none
  private
  public :: checked_type

  real(real64), parameter :: default_tolerance = 1.0e-3_real64

  type, extends(output_bound_type) :: checked_type
  contains
    procedure :: levels
    procedure :: describe => describe_scheme
    procedure :: check_pressure
    procedure :: declare_grid
    procedure :: check_constant
    procedure :: output_limits
    procedure :: vertical_grid
  end type checked_type

contains

  !> Levels of the scheme's grid; 0 when nothing is loaded.
  integer(int32) function levels(self)
    class(checked_type), intent(in) :: self
    integer(int64) :: count

    levels = 0
    if (c_level_count(self%handle, count) == PARAMNET_OK) levels = int(count, int32)
  end function levels

  !> One line: name, contract, backend, device, precision, threads.
  function describe_scheme(self) result(line)
    class(checked_type), intent(in) :: self
    character(len=:), allocatable :: line
    type(c_ptr) :: text

    line = 'no scheme loaded'
    if (c_describe(self%handle, text) == PARAMNET_OK) line = string(text)
  end function describe_scheme

  !> Compares the host's pressures (Pa) with a + b * surface pressure of the training grid, in every column given.
  !> order: 'top_first' (default) or 'bottom_first', the host's order of levels.
  subroutine check_pressure(self, surface_pressure, level_pressure, layout, relative_tolerance, status, message, order)
    class(checked_type), intent(inout) :: self
    real(real64), intent(in), target :: surface_pressure(:), level_pressure(:, :)
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    character(len=:), allocatable :: error
    type(c_array) :: surface, level
    integer(int32) :: code

    surface = describe(surface_pressure)
    level = describe(level_pressure)
    code = self%failed
    if (code == PARAMNET_OK) then
      call arrange(level, 'check_pressure', 2, layout, order, .false., error)
      if (error /= '') then
        code = self%refused(present(status), error)
      else
        code = self%settled(c_check_pressure(self%handle, surface%columns, surface, level, &
                                             tolerance(relative_tolerance)), present(status))
      end if
    end if
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_pressure

  !> Compares the host's grid, pressure (Pa) = a (Pa) + b * surface pressure at the middle of each level, with the
  !> training's.  order: 'top_first' (default) or 'bottom_first', that of a and b.
  subroutine declare_grid(self, a, b, order, relative_tolerance, status, message)
    class(checked_type), intent(inout) :: self
    real(real64), intent(in) :: a(:), b(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    character(len=:), allocatable :: error
    type(c_array) :: array
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'declare_grid', a, b, present(status))
    if (code == PARAMNET_OK) then
      array = describe(a)
      call arrange(array, 'declare_grid', 1, levels=order, error=error)
      if (error /= '') then
        code = self%refused(present(status), error)
      else
        code = self%settled(c_declare_grid(self%handle, size(a, kind=int64), a, b, &
          merge(1_int32, 0_int32, iand(array%options, PARAMNET_ARRAY_BOTTOM_FIRST) /= 0), &
          tolerance(relative_tolerance)), present(status))
      end if
    end if
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine declare_grid

  !> Compares a host's constant with the training's; also 'time_step' and 'tendency_interval' (s).
  subroutine check_constant(self, name, value, relative_tolerance, status, message)
    class(checked_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_check_constant(self%handle, characters(name), value, &
      tolerance(relative_tolerance)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_constant

  !> Smallest and largest training value of an output, per level, in its units.
  subroutine output_limits(self, name, minimum, maximum, status, message)
    class(checked_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: minimum(:), maximum(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'output_limits', minimum, maximum, present(status))
    if (code == PARAMNET_OK) code = self%settled(c_output_limits(self%handle, characters(name), &
      size(minimum, kind=int64), minimum, maximum), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine output_limits

  !> Pressure at layer midpoints = a_mid (Pa) + b_mid * surface pressure, top first; arrays of size levels().
  subroutine vertical_grid(self, a_mid, b_mid, status, message)
    class(checked_type), intent(inout) :: self
    real(real64), intent(inout) :: a_mid(:), b_mid(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'vertical_grid', a_mid, b_mid, present(status))
    if (code == PARAMNET_OK) code = self%settled(c_vertical_grid(self%handle, PARAMNET_MIDPOINTS, &
      size(a_mid, kind=int64), a_mid, b_mid), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine vertical_grid

  function same_size(self, what, first, second, taken) result(code)
    class(checked_type), intent(inout) :: self
    character(len=*), intent(in) :: what
    real(real64), intent(in) :: first(:), second(:)
    logical, intent(in) :: taken
    integer(int32) :: code

    code = PARAMNET_OK
    if (size(first) /= size(second)) code = self%refused(taken, what // ': expected two arrays of one size, got ' // &
      decimal(size(first, kind=int32)) // ' and ' // decimal(size(second, kind=int32)))
  end function same_size

  pure real(real64) function tolerance(given)
    real(real64), intent(in), optional :: given

    tolerance = default_tolerance
    if (present(given)) tolerance = given
  end function tolerance
end module paramnet_checking

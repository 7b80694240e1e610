!> Checks of the host against the scheme's contract.
module paramnet_checking
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_arrays, only: describe
  use paramnet_c
  use paramnet_layout, only: arrange
  use paramnet_said, only: described_type, same_size
  use paramnet_status, only: PARAMNET_OK
  use paramnet_text, only: characters
  implicit none
  private
  public :: checked_type

  real(real64), parameter :: default_tolerance = 1.0e-3_real64

  type, extends(described_type) :: checked_type
  contains
    generic :: check_pressure => check_pressure_real32, check_pressure_real64
    generic :: declare_grid => declare_grid_real32, declare_grid_real64
    generic :: check_constant => check_constant_real32, check_constant_real64
    procedure, private :: check_pressure_real32, check_pressure_real64
    procedure, private :: declare_grid_real32, declare_grid_real64
    procedure, private :: check_constant_real32, check_constant_real64
  end type checked_type

contains

  !> Compares the host's pressures (Pa) with a + b * surface pressure of the training grid, in every column given.
  !> order: 'top_first' (default) or 'bottom_first', the host's order of levels.
  subroutine check_pressure_real32(self, surface_pressure, level_pressure, layout, relative_tolerance, order, status, &
                                   message)
    class(checked_type), intent(inout) :: self
    real(real32), intent(in), target :: surface_pressure(:), level_pressure(:, :)
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = compare_pressure(self, describe(surface_pressure), describe(level_pressure), layout, relative_tolerance, order, &
                            present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_pressure_real32

  subroutine check_pressure_real64(self, surface_pressure, level_pressure, layout, relative_tolerance, order, status, &
                                   message)
    class(checked_type), intent(inout) :: self
    real(real64), intent(in), target :: surface_pressure(:), level_pressure(:, :)
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = compare_pressure(self, describe(surface_pressure), describe(level_pressure), layout, relative_tolerance, order, &
                            present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_pressure_real64

  function compare_pressure(self, surface, level_pressure, layout, relative_tolerance, order, taken) result(code)
    class(checked_type), intent(inout) :: self
    type(c_array), intent(in) :: surface, level_pressure
    character(len=*), intent(in), optional :: layout, order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: level
    integer(int32) :: code

    code = self%failed
    if (code /= PARAMNET_OK) return
    level = level_pressure
    call arrange(level, 'check_pressure', 2, layout, order, .false., error)
    if (error /= '') then
      code = self%refused(taken, error)
    else
      code = self%settled(c_check_pressure(self%handle, surface%columns, surface, level, tolerance(relative_tolerance)), taken)
    end if
  end function compare_pressure

  !> Compares the host's grid, pressure (Pa) = a (Pa) + b * surface pressure at the middle of each level, with the
  !> training grid.  order: 'top_first' (default) or 'bottom_first', the order of a and b.
  subroutine declare_grid_real32(self, a, b, order, relative_tolerance, status, message)
    class(checked_type), intent(inout) :: self
    real(real32), intent(in) :: a(:), b(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = compare_grid(self, real(a, real64), real(b, real64), order, relative_tolerance, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine declare_grid_real32

  subroutine declare_grid_real64(self, a, b, order, relative_tolerance, status, message)
    class(checked_type), intent(inout) :: self
    real(real64), intent(in) :: a(:), b(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = compare_grid(self, a, b, order, relative_tolerance, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine declare_grid_real64

  function compare_grid(self, a, b, order, relative_tolerance, taken) result(code)
    class(checked_type), intent(inout) :: self
    real(real64), intent(in), target :: a(:), b(:)
    character(len=*), intent(in), optional :: order
    real(real64), intent(in), optional :: relative_tolerance
    logical, intent(in) :: taken
    character(len=:), allocatable :: error
    type(c_array) :: array
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = same_size(self, 'declare_grid', a, b, taken)
    if (code /= PARAMNET_OK) return
    array = describe(a)
    call arrange(array, 'declare_grid', 1, levels=order, error=error)
    if (error /= '') then
      code = self%refused(taken, error)
    else
      code = self%settled(c_declare_grid(self%handle, size(a, kind=int64), a, b, &
        merge(1_int32, 0_int32, iand(array%options, PARAMNET_ARRAY_BOTTOM_FIRST) /= 0), &
        tolerance(relative_tolerance)), taken)
    end if
  end function compare_grid

  !> Compares a host's constant with its value in training; also 'time_step' and 'tendency_interval' (s).
  subroutine check_constant_real32(self, name, value, relative_tolerance, status, message)
    class(checked_type), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real32), intent(in) :: value
    real(real64), intent(in), optional :: relative_tolerance
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_check_constant(self%handle, characters(name), real(value, real64), &
      tolerance(relative_tolerance)), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine check_constant_real32

  subroutine check_constant_real64(self, name, value, relative_tolerance, status, message)
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
  end subroutine check_constant_real64

  pure real(real64) function tolerance(given)
    real(real64), intent(in), optional :: given

    tolerance = default_tolerance
    if (present(given)) tolerance = given
  end function tolerance
end module paramnet_checking

!> Properties of the scheme: levels, grid, training ranges.
module paramnet_said
  use, intrinsic :: iso_c_binding, only: c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use paramnet_bind_output, only: output_bound_type
  use paramnet_c
  use paramnet_c_queries
  use paramnet_handle, only: handle_type
  use paramnet_status, only: PARAMNET_OK
  use paramnet_text, only: characters, decimal, string
  implicit none
  private
  public :: described_type, same_size

  type, extends(output_bound_type) :: described_type
  contains
    procedure :: levels
    procedure :: describe => describe_scheme
    procedure :: output_limits
    procedure :: vertical_grid
  end type described_type

contains

  !> Levels of the scheme's grid; 0 when nothing is loaded.
  integer(int32) function levels(self)
    class(described_type), intent(in) :: self
    integer(int64) :: count

    levels = 0
    if (c_level_count(self%handle, count) == PARAMNET_OK) levels = int(count, int32)
  end function levels

  !> One line: name, contract, backend, device, precision, threads.
  function describe_scheme(self) result(line)
    class(described_type), intent(in) :: self
    character(len=:), allocatable :: line
    type(c_ptr) :: text

    line = 'no scheme loaded'
    if (c_describe(self%handle, text) == PARAMNET_OK) line = string(text)
  end function describe_scheme

  !> Smallest and largest training value of an output, per level, in its units.
  subroutine output_limits(self, name, minimum, maximum, status, message)
    class(described_type), intent(inout) :: self
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
    class(described_type), intent(inout) :: self
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
    class(handle_type), intent(inout) :: self
    character(len=*), intent(in) :: what
    real(real64), intent(in) :: first(:), second(:)
    logical, intent(in) :: taken
    integer(int32) :: code

    code = PARAMNET_OK
    if (size(first) /= size(second)) code = self%refused(taken, what // ': expected two arrays of one size, got ' // &
      decimal(size(first, kind=int32)) // ' and ' // decimal(size(second, kind=int32)))
  end function same_size
end module paramnet_said

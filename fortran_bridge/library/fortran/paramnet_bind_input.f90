!> Inputs bound by name; see module paramnet_binding.
module paramnet_bind_input
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use paramnet_arrays, only: describe
  use paramnet_binding, only: bind_array
  use paramnet_handle, only: handle_type
  implicit none
  private
  public :: input_bound_type

  type, extends(handle_type) :: input_bound_type
  contains
    generic :: bind_input => bind_input_real32_1, bind_input_real32_2, bind_input_real32_3, &
      bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
    procedure, private :: bind_input_real32_1, bind_input_real32_2, bind_input_real32_3
    procedure, private :: bind_input_real64_1, bind_input_real64_2, bind_input_real64_3
  end type input_bound_type

contains

  subroutine bind_input_real32_1(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), pointer, intent(in), asynchronous :: array(:)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 1, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real32_1

  subroutine bind_input_real32_2(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), pointer, intent(in), asynchronous :: array(:, :)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 2, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real32_2

  subroutine bind_input_real32_3(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real32), pointer, intent(in), asynchronous :: array(:, :, :)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 3, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real32_3

  subroutine bind_input_real64_1(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), pointer, intent(in), asynchronous :: array(:)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 1, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real64_1

  subroutine bind_input_real64_2(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), pointer, intent(in), asynchronous :: array(:, :)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 2, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real64_2

  subroutine bind_input_real64_3(self, name, units, array, layout, levels, convert, status, message)
    class(input_bound_type), intent(inout) :: self
    character(len=*), intent(in) :: name, units
    real(real64), pointer, intent(in), asynchronous :: array(:, :, :)
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = bind_array(self, .false., name, units, describe(array), 3, layout, levels, convert, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine bind_input_real64_3
end module paramnet_bind_input

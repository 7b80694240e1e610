!> Functions of paramnet.h that module paramnet does not need.
module ftorch_c
  use, intrinsic :: iso_c_binding, only: c_int32_t, c_int64_t, c_ptr
  implicit none
  public

  integer(c_int32_t), parameter :: PARAMNET_INPUT = 0
  integer(c_int32_t), parameter :: PARAMNET_OUTPUT = 1

  type, bind(C) :: c_variable
    type(c_ptr) :: name
    type(c_ptr) :: standard_name
    type(c_ptr) :: units
    integer(c_int64_t) :: levels
    integer(c_int32_t) :: profile
    integer(c_int32_t) :: reserved
  end type c_variable

  interface
    function c_variable_count(scheme, direction, count) result(status) bind(C, name='paramnet_variable_count')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t), value :: direction
      integer(c_int64_t), intent(out) :: count
      integer(c_int32_t) :: status
    end function c_variable_count

    function c_variable_info(scheme, direction, index, variable) result(status) bind(C, name='paramnet_variable_info')
      import :: c_int32_t, c_int64_t, c_ptr, c_variable
      type(c_ptr), value :: scheme
      integer(c_int32_t), value :: direction
      integer(c_int64_t), value :: index
      type(c_variable), intent(out) :: variable
      integer(c_int32_t) :: status
    end function c_variable_info
  end interface
end module ftorch_c

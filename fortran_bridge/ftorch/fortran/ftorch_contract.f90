!> Compares the tensors of a call with each other and with the contract of the scheme.
module ftorch_contract
  use, intrinsic :: iso_c_binding, only: c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use ftorch_c, only: c_variable, c_variable_count, c_variable_info, PARAMNET_INPUT
  use ftorch_columns, only: features_of, record_pointer
  use paramnet_message, only: sentence
  use paramnet_status, only: PARAMNET_OK
  use paramnet_text, only: decimal, string
  implicit none
  private
  public :: fault_of_columns, fault_of_features

contains

  !> What is wrong with the tensors themselves: one is empty, or has other columns than the first input.  '' if nothing is.
  function fault_of_columns(what, tensors, first) result(text)
    character(len=*), intent(in) :: what
    type(record_pointer), intent(in) :: tensors(:), first
    character(len=:), allocatable :: text
    integer :: tensor

    text = ''
    do tensor = 1, size(tensors)
      if (text /= '') return
      if (.not. associated(tensors(tensor)%record)) then
        text = sentence(named(what, tensor), expected='a constructed tensor', got='an empty one', &
                        remedy='call torch_tensor_from_array before torch_model_forward')
      else if (.not. same_columns(tensors(tensor)%record%extent, first%record%extent)) then
        text = sentence(named(what, tensor), expected='the columns of input tensor 1, (' // shown(first%record%extent) // &
                        ') without its last index', got='(' // shown(tensors(tensor)%record%extent) // ')', &
                        remedy='give every tensor the same first dimensions; features are the last one')
      end if
    end do
  end function fault_of_columns

  !> What is wrong with the features: each tensor ends with a variable of the contract, the last one with the last.
  function fault_of_features(scheme, direction, what, tensors) result(text)
    type(c_ptr), intent(in) :: scheme
    integer(int32), intent(in) :: direction
    character(len=*), intent(in) :: what
    type(record_pointer), intent(in) :: tensors(:)
    character(len=:), allocatable :: text
    integer(int64), allocatable :: ends(:)
    integer(int64) :: at
    integer :: tensor

    text = ''
    call ends_of_variables(scheme, direction, ends)
    at = 0
    do tensor = 1, size(tensors)
      at = at + features_of(tensors(tensor)%record)
      if (any(ends == at) .and. (tensor < size(tensors) .or. at == ends(size(ends)))) cycle
      text = sentence(named(what, tensor), expected='features that end with a variable of the contract, ' // &
                      contents(scheme, direction), got='(' // shown(tensors(tensor)%record%extent) // ')', &
                      remedy='the last index of a tensor counts features; give the variables in this order')
      return
    end do
  end function fault_of_features

  !> Features of the first one, two, ... variables.
  subroutine ends_of_variables(scheme, direction, ends)
    type(c_ptr), intent(in) :: scheme
    integer(int32), intent(in) :: direction
    integer(int64), allocatable, intent(out) :: ends(:)
    type(c_variable) :: variable
    integer(int64) :: count, index
    integer(int32) :: unused

    count = 0
    if (c_variable_count(scheme, direction, count) /= PARAMNET_OK) count = 0
    allocate (ends(max(count, 1_int64)), source=0_int64)
    do index = 1, count
      unused = c_variable_info(scheme, direction, index - 1, variable)
      ends(index) = variable%levels
      if (index > 1) ends(index) = ends(index) + ends(index - 1)
    end do
  end subroutine ends_of_variables

  !> "(air_temperature: 30, surface_air_pressure: 1)"
  function contents(scheme, direction) result(text)
    type(c_ptr), intent(in) :: scheme
    integer(int32), intent(in) :: direction
    character(len=:), allocatable :: text
    type(c_variable) :: variable
    integer(int64) :: count, index

    text = 'its outputs ('
    if (direction == PARAMNET_INPUT) text = 'its inputs ('
    if (c_variable_count(scheme, direction, count) /= PARAMNET_OK) count = 0
    do index = 1, count
      if (c_variable_info(scheme, direction, index - 1, variable) /= PARAMNET_OK) exit
      if (index > 1) text = text // ', '
      text = text // string(variable%name) // ': ' // decimal(int(variable%levels, int32))
    end do
    text = text // ')'
  end function contents

  pure function named(what, tensor) result(text)
    character(len=*), intent(in) :: what
    integer, intent(in) :: tensor
    character(len=:), allocatable :: text

    text = what // ' ' // decimal(int(tensor, int32))
  end function named

  pure logical function same_columns(one, other)
    integer(int64), intent(in) :: one(:), other(:)

    same_columns = size(one) == size(other)
    if (same_columns) same_columns = all(one(:size(one) - 1) == other(:size(other) - 1))
  end function same_columns

  !> "2, 3, 5"
  pure function shown(numbers) result(text)
    integer(int64), intent(in) :: numbers(:)
    character(len=:), allocatable :: text
    integer :: place

    text = ''
    do place = 1, size(numbers)
      if (place > 1) text = text // ', '
      text = text // decimal(int(numbers(place), int32))
    end do
  end function shown
end module ftorch_contract

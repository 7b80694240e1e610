!> Strings between Fortran and C.
module paramnet_text
  use, intrinsic :: iso_c_binding, only: c_char, c_f_pointer, c_null_char, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32
  use paramnet_c, only: c_strlen
  implicit none
  private
  public :: characters, decimal, string

contains

  pure function decimal(number) result(text)
    integer(int32), intent(in) :: number
    character(len=:), allocatable :: text
    character(len=12) :: buffer

    write (buffer, '(i0)') number
    text = trim(buffer)
  end function decimal

  !> text without trailing blanks, null-terminated for C.
  pure function characters(text) result(list)
    character(len=*), intent(in) :: text
    character(kind=c_char) :: list(len_trim(text) + 1)
    integer :: position

    do position = 1, len_trim(text)
      list(position) = text(position:position)
    end do
    list(len_trim(text) + 1) = c_null_char
  end function characters

  function string(address) result(text)
    type(c_ptr), intent(in) :: address
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: list(:)
    integer :: position

    call c_f_pointer(address, list, [c_strlen(address)])
    allocate (character(len=size(list)) :: text)
    do position = 1, size(list)
      text(position:position) = list(position)
    end do
  end function string
end module paramnet_text

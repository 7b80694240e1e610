!> The parts of a message to the user, and the sentence that they make; the same as message.hpp of the library and
!> Python's ParamnetError.  Needs no other module, so that a host without libparamnet can compile it too.
module paramnet_message
  implicit none
  private
  public :: sentence

contains

  !> "what: expected ..., got ... in where; remedy", with the parts that are given and not empty.
  pure function sentence(what, expected, got, where, remedy) result(text)
    character(len=*), intent(in) :: what
    character(len=*), intent(in), optional :: expected, got, where, remedy
    character(len=:), allocatable :: text

    text = what
    call add(text, ': expected ', expected)
    call add(text, separator_of_got(expected), got)
    call add(text, ' in ', where)
    call add(text, '; ', remedy)
  end function sentence

  pure function separator_of_got(expected) result(separator)
    character(len=*), intent(in), optional :: expected
    character(len=:), allocatable :: separator

    separator = ': got '
    if (.not. present(expected)) return
    if (expected /= '') separator = ', got '
  end function separator_of_got

  pure subroutine add(text, separator, part)
    character(len=:), allocatable, intent(inout) :: text
    character(len=*), intent(in) :: separator
    character(len=*), intent(in), optional :: part

    if (.not. present(part)) return
    if (part /= '') text = text // separator // part
  end subroutine add
end module paramnet_message

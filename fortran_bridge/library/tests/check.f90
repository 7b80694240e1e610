!> Counts the failures of a test program; finish ends it with an error if there were any.
module check
  use, intrinsic :: iso_fortran_env, only: error_unit, int32
  implicit none
  private
  public :: expect, expect_failure, finish
  integer :: wrong = 0

contains

  subroutine expect(condition, what)
    logical, intent(in) :: condition
    character(len=*), intent(in) :: what

    if (condition) return
    wrong = wrong + 1
    write (error_unit, '(2a)') 'not so: ', what
  end subroutine expect

  !> Expects that the call failed with this status and that its message contains the given words.
  subroutine expect_failure(status, expected, message, words)
    integer(int32), intent(in) :: status, expected
    character(len=*), intent(in) :: message, words
    character(len=16) :: got

    write (got, '(i0)') status
    call expect(status == expected, 'status expected for "' // words // '", got ' // trim(got))
    call expect(index(message, words) > 0, 'message with "' // words // '", got "' // message // '"')
  end subroutine expect_failure

  subroutine finish()
    if (wrong > 0) error stop 1
  end subroutine finish
end module check

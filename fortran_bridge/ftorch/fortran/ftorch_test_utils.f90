!> Comparisons of numbers by the names of FTorch's ftorch_test_utils, which its example programs use.
!>
!> isclose and allclose: abs(got - expect) <= rtol abs(expect); rtol is 1e-5 by default.  They print the result unless
!> print_result is false.  Arrays of different shapes are not close.
module ftorch_test_utils
  use, intrinsic :: iso_fortran_env, only: real32, real64
  implicit none
  private
  public :: allclose, assert_allclose, assert_isclose, isclose

  interface isclose
    module procedure isclose_real32, isclose_real64
  end interface isclose

  interface allclose
    module procedure allclose_real32_1, allclose_real32_2, allclose_real32_3
    module procedure allclose_real64_1, allclose_real64_2, allclose_real64_3
  end interface allclose

  interface assert_isclose
    procedure :: isclose_real32, isclose_real64
  end interface assert_isclose

  interface assert_allclose
    procedure :: allclose_real32_1, allclose_real32_2, allclose_real32_3
    procedure :: allclose_real64_1, allclose_real64_2, allclose_real64_3
  end interface assert_allclose

contains

  function isclose_real32(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real32), intent(in) :: got, expect
    character(len=*), intent(in) :: test_name
    real(real32), intent(in), optional :: rtol
    logical, intent(in), optional :: print_result
    logical :: test_pass

    test_pass = allclose([got], [expect], test_name, rtol, print_result)
  end function isclose_real32

  function isclose_real64(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real64), intent(in) :: got, expect
    character(len=*), intent(in) :: test_name
    real(real64), intent(in), optional :: rtol
    logical, intent(in), optional :: print_result
    logical :: test_pass

    test_pass = allclose([got], [expect], test_name, rtol, print_result)
  end function isclose_real64

  function allclose_real32_1(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real32), intent(in) :: got(:), expect(:)
    real(real32), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real32_1

  function allclose_real32_2(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real32), intent(in) :: got(:, :), expect(:, :)
    real(real32), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real32_2

  function allclose_real32_3(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real32), intent(in) :: got(:, :, :), expect(:, :, :)
    real(real32), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real32_3

  function allclose_real64_1(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real64), intent(in) :: got(:), expect(:)
    real(real64), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real64_1

  function allclose_real64_2(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real64), intent(in) :: got(:, :), expect(:, :)
    real(real64), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real64_2

  function allclose_real64_3(got, expect, test_name, rtol, print_result) result(test_pass)
    real(real64), intent(in) :: got(:, :, :), expect(:, :, :)
    real(real64), intent(in), optional :: rtol
    include 'ftorch_allclose.inc'
  end function allclose_real64_3

  subroutine show(test_name, rtol, test_pass)
    character(len=*), intent(in) :: test_name
    real(real64), intent(in) :: rtol
    logical, intent(in) :: test_pass

    print '(a, " :: [", a, "] relative tolerance = ", es11.4)', merge('PASSED', 'FAILED', test_pass), trim(test_name), rtol
  end subroutine show
end module ftorch_test_utils

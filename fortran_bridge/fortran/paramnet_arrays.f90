!> Fortran arrays described for the C ABI: address, extents and strides, without a copy.
module paramnet_arrays
  use, intrinsic :: iso_c_binding, only: c_intptr_t, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_c, only: c_array, PARAMNET_REAL32, PARAMNET_REAL64
  implicit none
  private
  public :: describe, orient

  !> First dimension taken as columns, second (if any) as levels; orient puts that right for other layouts.
  interface describe
    module procedure describe_real32_1, describe_real32_2, describe_real64_1, describe_real64_2
  end interface describe

contains

  !> Exchanges columns and levels where layout says so.  known is false for a layout that does not fit the rank.
  pure subroutine orient(array, rank, layout, known)
    type(c_array), intent(inout) :: array
    integer, intent(in) :: rank
    character(len=*), intent(in) :: layout
    logical, intent(out) :: known
    integer(int64) :: extent, stride

    select case (layout)
    case ('column,level', 'column, level')
      known = rank == 2
    case ('column')
      known = rank == 1
    case ('level,column', 'level, column', 'level')
      known = (rank == 1) .eqv. (layout == 'level')
      extent = array%columns
      array%columns = array%levels
      array%levels = extent
      stride = array%column_stride
      array%column_stride = array%level_stride
      array%level_stride = stride
    case default
      known = .false.
    end select
  end subroutine orient

  function describe_real32_1(array) result(description)
    real(real32), intent(in), target :: array(:)
    type(c_array) :: description
    integer(int64) :: n

    n = size(array, kind=int64)
    description = blank(PARAMNET_REAL32, n, 1_int64)
    if (n == 0) return
    description%data = c_loc(array(1))
    description%column_stride = stride(c_loc(array(1)), c_loc(array(min(2_int64, n))), PARAMNET_REAL32)
  end function describe_real32_1

  function describe_real32_2(array) result(description)
    real(real32), intent(in), target :: array(:, :)
    type(c_array) :: description
    integer(int64) :: n(2)

    n = shape(array, kind=int64)
    description = blank(PARAMNET_REAL32, n(1), n(2))
    if (any(n == 0)) return
    description%data = c_loc(array(1, 1))
    description%column_stride = stride(c_loc(array(1, 1)), c_loc(array(min(2_int64, n(1)), 1)), PARAMNET_REAL32)
    description%level_stride = stride(c_loc(array(1, 1)), c_loc(array(1, min(2_int64, n(2)))), PARAMNET_REAL32)
  end function describe_real32_2

  function describe_real64_1(array) result(description)
    real(real64), intent(in), target :: array(:)
    type(c_array) :: description
    integer(int64) :: n

    n = size(array, kind=int64)
    description = blank(PARAMNET_REAL64, n, 1_int64)
    if (n == 0) return
    description%data = c_loc(array(1))
    description%column_stride = stride(c_loc(array(1)), c_loc(array(min(2_int64, n))), PARAMNET_REAL64)
  end function describe_real64_1

  function describe_real64_2(array) result(description)
    real(real64), intent(in), target :: array(:, :)
    type(c_array) :: description
    integer(int64) :: n(2)

    n = shape(array, kind=int64)
    description = blank(PARAMNET_REAL64, n(1), n(2))
    if (any(n == 0)) return
    description%data = c_loc(array(1, 1))
    description%column_stride = stride(c_loc(array(1, 1)), c_loc(array(min(2_int64, n(1)), 1)), PARAMNET_REAL64)
    description%level_stride = stride(c_loc(array(1, 1)), c_loc(array(1, min(2_int64, n(2)))), PARAMNET_REAL64)
  end function describe_real64_2

  pure function blank(kind, columns, levels) result(description)
    integer(int32), intent(in) :: kind
    integer(int64), intent(in) :: columns, levels
    type(c_array) :: description

    description = c_array(c_null_ptr, columns, levels, 0_int64, 0_int64, kind, 0_int32)
  end function blank

  !> Distance of two neighbours in elements; 0 where a dimension has one element only.
  function stride(first, second, bytes) result(elements)
    type(c_ptr), intent(in) :: first, second
    integer(int32), intent(in) :: bytes
    integer(int64) :: elements

    elements = (transfer(second, 0_c_intptr_t) - transfer(first, 0_c_intptr_t)) / bytes
  end function stride
end module paramnet_arrays

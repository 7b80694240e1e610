!> Fortran arrays described for the C ABI: address, extents and strides, without a copy.
module paramnet_arrays
  use, intrinsic :: iso_c_binding, only: c_intptr_t, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_c_types, only: c_array, PARAMNET_ARRAY_BOTTOM_FIRST, PARAMNET_ARRAY_CONVERT, PARAMNET_REAL32, &
                              PARAMNET_REAL64
  implicit none
  private
  public :: arrange, describe

  !> Rank 1: (column); rank 2: (column, level); rank 3: (longitude, latitude, level), the first two together being the
  !> columns.  kind 0 says that the array cannot be taken.  arrange puts it right for other layouts.
  interface describe
    module procedure describe_real32, describe_real64
  end interface describe

contains

  !> The array as layout, levels and convert say; error is empty when they fit its rank.
  subroutine arrange(array, name, array_rank, layout, levels, convert, error)
    type(c_array), intent(inout) :: array
    character(len=*), intent(in) :: name
    integer, intent(in) :: array_rank
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    character(len=:), allocatable, intent(out) :: error
    logical :: known

    error = ''
    if (array%kind == 0) error = name // ': expected an array of rank 1 to 3 with one constant stride over its columns'
    if (present(layout) .and. error == '') then
      call orient(array, array_rank, layout, known)
      if (.not. known) error = unknown_layout(name, array_rank, layout)
    end if
    if (present(levels) .and. error == '') then
      select case (levels)
      case ('top_first')
      case ('bottom_first')
        array%options = array%options + PARAMNET_ARRAY_BOTTOM_FIRST
      case default
        error = name // ": expected levels 'top_first' or 'bottom_first', got '" // levels // "'"
      end select
    end if
    if (.not. present(convert)) return
    if (convert) array%options = array%options + PARAMNET_ARRAY_CONVERT
  end subroutine arrange

  !> Exchanges columns and levels where layout says so.  known is false for a layout that does not fit the rank.
  pure subroutine orient(array, array_rank, layout, known)
    type(c_array), intent(inout) :: array
    integer, intent(in) :: array_rank
    character(len=*), intent(in) :: layout
    logical, intent(out) :: known
    integer(int64) :: extent, stride

    select case (layout)
    case ('column,level', 'column, level')
      known = array_rank == 2
    case ('column')
      known = array_rank == 1
    case ('longitude,latitude,level', 'longitude, latitude, level')
      known = array_rank == 3
    case ('level,column', 'level, column', 'level')
      known = array_rank <= 2 .and. ((array_rank == 1) .eqv. (layout == 'level'))
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

  pure function unknown_layout(name, array_rank, layout) result(text)
    character(len=*), intent(in) :: name, layout
    integer, intent(in) :: array_rank
    character(len=:), allocatable :: text

    select case (array_rank)
    case (1)
      text = name // ": expected layout 'column' or 'level' for a rank-1 array, got '" // layout // "'"
    case (2)
      text = name // ": expected layout 'column,level' or 'level,column' for a rank-2 array, got '" // layout // "'"
    case default
      text = name // ": expected layout 'longitude,latitude,level' for a rank-3 array, got '" // layout // "'"
    end select
  end function unknown_layout

  function describe_real32(array) result(description)
    real(real32), intent(in), target :: array(..)
    type(c_array) :: description
    integer(int64) :: n(3)

    description = c_array(c_null_ptr, 0, 1, 0, 0, 0, 0)
    select rank (array)
    rank (1)
      n = [size(array, kind=int64), 1_int64, 1_int64]
      if (n(1) > 0) description = strided(PARAMNET_REAL32, n, c_loc(array(1)), c_loc(array(min(2_int64, n(1)))), &
        c_loc(array(1)), c_loc(array(1)))
    rank (2)
      n = [size(array, 1, int64), 1_int64, size(array, 2, int64)]
      if (all(n > 0)) description = strided(PARAMNET_REAL32, n, c_loc(array(1, 1)), &
        c_loc(array(min(2_int64, n(1)), 1)), c_loc(array(1, 1)), c_loc(array(1, min(2_int64, n(3)))))
    rank (3)
      n = shape(array, int64)
      if (all(n > 0)) description = strided(PARAMNET_REAL32, n, c_loc(array(1, 1, 1)), &
        c_loc(array(min(2_int64, n(1)), 1, 1)), c_loc(array(1, min(2_int64, n(2)), 1)), &
        c_loc(array(1, 1, min(2_int64, n(3)))))
    rank default
      n = 1
    end select
    if (any(n == 0)) description = c_array(c_null_ptr, n(1) * n(2), n(3), 0, 0, PARAMNET_REAL32, 0)
  end function describe_real32

  function describe_real64(array) result(description)
    real(real64), intent(in), target :: array(..)
    type(c_array) :: description
    integer(int64) :: n(3)

    description = c_array(c_null_ptr, 0, 1, 0, 0, 0, 0)
    select rank (array)
    rank (1)
      n = [size(array, kind=int64), 1_int64, 1_int64]
      if (n(1) > 0) description = strided(PARAMNET_REAL64, n, c_loc(array(1)), c_loc(array(min(2_int64, n(1)))), &
        c_loc(array(1)), c_loc(array(1)))
    rank (2)
      n = [size(array, 1, int64), 1_int64, size(array, 2, int64)]
      if (all(n > 0)) description = strided(PARAMNET_REAL64, n, c_loc(array(1, 1)), &
        c_loc(array(min(2_int64, n(1)), 1)), c_loc(array(1, 1)), c_loc(array(1, min(2_int64, n(3)))))
    rank (3)
      n = shape(array, int64)
      if (all(n > 0)) description = strided(PARAMNET_REAL64, n, c_loc(array(1, 1, 1)), &
        c_loc(array(min(2_int64, n(1)), 1, 1)), c_loc(array(1, min(2_int64, n(2)), 1)), &
        c_loc(array(1, 1, min(2_int64, n(3)))))
    rank default
      n = 1
    end select
    if (any(n == 0)) description = c_array(c_null_ptr, n(1) * n(2), n(3), 0, 0, PARAMNET_REAL64, 0)
  end function describe_real64

  !> From the addresses of the first element and its neighbours in each dimension; n(1) * n(2) columns of n(3) levels.
  !> kind 0 where the columns of two dimensions are not evenly spaced.
  function strided(kind, n, first, next_1, next_2, next_3) result(description)
    integer(int32), intent(in) :: kind
    integer(int64), intent(in) :: n(3)
    type(c_ptr), intent(in) :: first, next_1, next_2, next_3
    type(c_array) :: description
    integer(int64) :: step(3)

    step = [distance(first, next_1), distance(first, next_2), distance(first, next_3)] / kind
    if (n(1) == 1) step(1) = step(2)
    description = c_array(first, n(1) * n(2), n(3), step(1), step(3), kind, 0_int32)
    if (n(1) > 1 .and. n(2) > 1 .and. step(2) /= n(1) * step(1)) description%kind = 0
  end function strided

  function distance(first, second) result(bytes)
    type(c_ptr), intent(in) :: first, second
    integer(int64) :: bytes

    bytes = transfer(second, 0_c_intptr_t) - transfer(first, 0_c_intptr_t)
  end function distance
end module paramnet_arrays

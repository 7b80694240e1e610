!> Description of a host's array in addition to its address: layout, order of levels, conversion of units.
module paramnet_layout
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use paramnet_arrays, only: NO_ARRAY
  use paramnet_c_types, only: c_array, PARAMNET_ARRAY_BOTTOM_FIRST, PARAMNET_ARRAY_CONVERT
  use paramnet_message, only: sentence
  use paramnet_text, only: decimal
  implicit none
  private
  public :: arrange, sizes_differ

contains

  !> The array described by layout, levels and convert; error is empty when they fit its rank.
  subroutine arrange(array, name, array_rank, layout, levels, convert, error)
    type(c_array), intent(inout) :: array
    character(len=*), intent(in) :: name
    integer, intent(in) :: array_rank
    character(len=*), intent(in), optional :: layout, levels
    logical, intent(in), optional :: convert
    character(len=:), allocatable, intent(out) :: error
    logical :: known

    error = ''
    if (array%kind == NO_ARRAY) error = sentence(name, expected='an array', &
      got='a pointer that points nowhere or an array that is not allocated', remedy='allocate it before binding it')
    if (present(layout) .and. error == '') then
      call orient(array, array_rank, layout, known)
      if (.not. known) error = unknown_layout(name, array_rank, layout)
    end if
    if (array%kind == 0 .and. error == '') error = sentence(name, &
      expected='one constant stride over its columns, longitude and latitude together', remedy='bind the whole array')
    if (present(levels) .and. error == '') then
      select case (levels)
      case ('top_first')
      case ('bottom_first')
        array%options = array%options + PARAMNET_ARRAY_BOTTOM_FIRST
      case default
        error = sentence(name, expected="levels 'top_first' or 'bottom_first'", got="'" // levels // "'")
      end select
    end if
    if (.not. present(convert)) return
    if (convert) array%options = array%options + PARAMNET_ARRAY_CONVERT
  end subroutine arrange

  !> Exchanges columns and levels if layout requires it.  known is false for a layout that does not fit the rank.
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
    case ('longitude,latitude', 'longitude, latitude')
      known = array_rank == 2
      if (known) call join(array)
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

  !> A rank-2 surface field: the dimension described as levels is latitude.  kind 0 where columns are not evenly spaced.
  pure subroutine join(array)
    type(c_array), intent(inout) :: array

    if (array%columns == 1) array%column_stride = array%level_stride
    if (array%levels > 1 .and. array%level_stride /= array%columns * array%column_stride .and. array%columns > 1) array%kind = 0
    array%columns = array%columns * array%levels
    array%levels = 1
    array%level_stride = 0
  end subroutine join

  pure function unknown_layout(name, array_rank, layout) result(text)
    character(len=*), intent(in) :: name, layout
    integer, intent(in) :: array_rank
    character(len=:), allocatable :: text, known

    select case (array_rank)
    case (1)
      known = "'column' or 'level'"
    case (2)
      known = "'column,level', 'level,column' or 'longitude,latitude'"
    case default
      known = "'longitude,latitude,level'"
    end select
    text = sentence(name, expected='layout ' // known // ' for a rank-' // decimal(int(array_rank, int32)) // ' array', &
      got="'" // layout // "'")
  end function unknown_layout

  pure function sizes_differ(what, first, second) result(text)
    character(len=*), intent(in) :: what
    integer, intent(in) :: first, second
    character(len=:), allocatable :: text

    text = sentence(what, expected='two arrays of one size', &
      got=decimal(int(first, int32)) // ' and ' // decimal(int(second, int32)))
  end function sizes_differ
end module paramnet_layout

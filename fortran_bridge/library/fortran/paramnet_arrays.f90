!> Fortran arrays described for the C ABI: address, extents and strides, without a copy.
module paramnet_arrays
  use, intrinsic :: iso_c_binding, only: c_intptr_t, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_c_types, only: c_array
  implicit none
  private
  public :: describe

  !> kind of a disassociated pointer or of an array that is not allocated.
  integer(int32), parameter, public :: NO_ARRAY = -1
  type(c_array), parameter :: nowhere = c_array(c_null_ptr, 0_int64, 0_int64, 0_int64, 0_int64, NO_ARRAY, 0_int32)

  !> Rank 1: (column); rank 2: (column, level); rank 3: (longitude, latitude, level), the first two together being the
  !> columns.  kind 0 means that the array cannot be used.  paramnet_layout's arrange adjusts the description for
  !> other layouts.  Dummies are pointers so that a missing array is detected; they have the lower bounds of the host's
  !> array.
  interface describe
    module procedure describe_real32_1, describe_real32_2, describe_real32_3
    module procedure describe_real64_1, describe_real64_2, describe_real64_3
  end interface describe

contains

  function describe_real32_1(array) result(description)
    real(real32), pointer, intent(in) :: array(:)
    include 'paramnet_describe_1.inc'
  end function describe_real32_1

  function describe_real32_2(array) result(description)
    real(real32), pointer, intent(in) :: array(:, :)
    include 'paramnet_describe_2.inc'
  end function describe_real32_2

  function describe_real32_3(array) result(description)
    real(real32), pointer, intent(in) :: array(:, :, :)
    include 'paramnet_describe_3.inc'
  end function describe_real32_3

  function describe_real64_1(array) result(description)
    real(real64), pointer, intent(in) :: array(:)
    include 'paramnet_describe_1.inc'
  end function describe_real64_1

  function describe_real64_2(array) result(description)
    real(real64), pointer, intent(in) :: array(:, :)
    include 'paramnet_describe_2.inc'
  end function describe_real64_2

  function describe_real64_3(array) result(description)
    real(real64), pointer, intent(in) :: array(:, :, :)
    include 'paramnet_describe_3.inc'
  end function describe_real64_3

  pure function empty(kind, n) result(description)
    integer(int32), intent(in) :: kind
    integer(int64), intent(in) :: n(3)
    type(c_array) :: description

    description = c_array(c_null_ptr, n(1) * n(2), n(3), 0_int64, 0_int64, kind, 0_int32)
  end function empty

  !> From the addresses of the first element and its neighbours in each dimension; n(1) * n(2) columns of n(3) levels.
  !> kind 0 where the columns of two dimensions are not evenly spaced, or not by whole elements.
  function strided(kind, n, first, next_1, next_2, next_3) result(description)
    integer(int32), intent(in) :: kind
    integer(int64), intent(in) :: n(3)
    type(c_ptr), intent(in) :: first, next_1, next_2, next_3
    type(c_array) :: description
    integer(int64) :: bytes(3), step(3)

    bytes = [distance(first, next_1), distance(first, next_2), distance(first, next_3)]
    step = bytes / kind
    if (n(1) == 1) step(1) = step(2)
    description = c_array(first, n(1) * n(2), n(3), step(1), step(3), kind, 0_int32)
    if (n(1) > 1 .and. n(2) > 1 .and. step(2) /= n(1) * step(1)) description%kind = 0
    if (any(bytes /= step * kind)) description%kind = 0  ! a component of a packed derived type
  end function strided

  function distance(first, second) result(bytes)
    type(c_ptr), intent(in) :: first, second
    integer(int64) :: bytes

    bytes = transfer(second, 0_c_intptr_t) - transfer(first, 0_c_intptr_t)
  end function distance
end module paramnet_arrays

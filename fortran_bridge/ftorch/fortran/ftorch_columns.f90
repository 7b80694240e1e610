!> Runs a scheme on tensors.  The last index of every tensor counts features, the others together count columns.  The
!> features of one tensor after the other are the variables of the contract in its order.
module ftorch_columns
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_c_binding, only: c_intptr_t, c_loc, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use ftorch_record, only: gather, scatter, span, tensor_record
  use ftorch_types, only: torch_kFloat64
  use paramnet_c, only: c_predict
  use paramnet_c_types, only: c_array, PARAMNET_REAL32, PARAMNET_REAL64
  use paramnet_status, only: PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT, PARAMNET_OK
  implicit none
  private
  public :: columns_of, features_of, predict

  type, public :: record_pointer
    type(tensor_record), pointer :: record => null()
  end type record_pointer

contains

  pure integer(int64) function columns_of(record)
    type(tensor_record), intent(in) :: record

    columns_of = product(record%extent(:size(record%extent) - 1))
  end function columns_of

  pure integer(int64) function features_of(record)
    type(tensor_record), intent(in) :: record

    features_of = record%extent(size(record%extent))
  end function features_of

  !> Status of the C ABI.  Columns without a finite result become NaN, as in PyTorch.
  function predict(scheme, from, to) result(code)
    type(c_ptr), intent(in) :: scheme
    type(record_pointer), intent(in) :: from(:), to(:)
    integer(int32) :: code

    code = PARAMNET_OK
    if (columns_of(from(1)%record) == 0) return
    if (in_place(from, to)) then
      code = predict_in_place(scheme, from(1)%record, to(1)%record)
    else
      code = predict_copies(scheme, from, to)
    end if
  end function predict

  !> True if the library can read and write the tensors where they are.
  function in_place(from, to)
    type(record_pointer), intent(in) :: from(:), to(:)
    logical :: in_place

    in_place = size(from) == 1 .and. size(to) == 1
    if (in_place) in_place = evenly_spaced(from(1)%record) .and. evenly_spaced(to(1)%record)
    if (in_place) in_place = .not. overlap(from(1)%record, to(1)%record)
  end function in_place

  function predict_in_place(scheme, from, to) result(code)
    type(c_ptr), intent(in) :: scheme
    type(tensor_record), intent(in) :: from, to
    integer(int32) :: code
    integer(int32), allocatable, target :: flags(:)
    real(real64), allocatable :: values(:)

    allocate (flags(columns_of(from)))
    code = c_predict(scheme, columns_of(from), array_of(from), array_of(to), c_loc(flags))
    if (code /= PARAMNET_OK .or. all_finite(flags)) return
    allocate (values(product(to%extent)))
    call gather(to, values)
    call mark(values, flags)
    call scatter(values, to)
  end function predict_in_place

  function predict_copies(scheme, from, to) result(code)
    type(c_ptr), intent(in) :: scheme
    type(record_pointer), intent(in) :: from(:), to(:)
    integer(int32) :: code
    integer(int64) :: columns, done, part
    integer :: tensor
    integer(int32), allocatable, target :: flags(:)
    real(real64), allocatable, target :: x(:), y(:)

    columns = columns_of(from(1)%record)
    allocate (flags(columns), x(sum([(product(from(tensor)%record%extent), tensor=1, size(from))])), &
              y(sum([(product(to(tensor)%record%extent), tensor=1, size(to))])))
    done = 0
    do tensor = 1, size(from)
      part = product(from(tensor)%record%extent)
      call gather(from(tensor)%record, x(done + 1:done + part))
      done = done + part
    end do
    code = c_predict(scheme, columns, packed(x, columns), packed(y, columns), c_loc(flags))
    if (code /= PARAMNET_OK) return
    call mark(y, flags)
    done = 0
    do tensor = 1, size(to)
      part = product(to(tensor)%record%extent)
      call scatter(y(done + 1:done + part), to(tensor)%record)
      done = done + part
    end do
  end function predict_copies

  pure logical function all_finite(flags)
    integer(int32), intent(in) :: flags(:)

    all_finite = all(iand(flags, PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT) == 0)
  end function all_finite

  !> Sets the flagged columns of values (column, feature) to NaN; the library has set them to 0.
  pure subroutine mark(values, flags)
    real(real64), intent(inout) :: values(:)
    integer(int32), intent(in) :: flags(:)
    integer(int64) :: column

    do column = 1, size(flags, kind=int64)
      if (.not. all_finite(flags(column:column))) &
        values(column::size(flags, kind=int64)) = ieee_value(0.0_real64, ieee_quiet_nan)
    end do
  end subroutine mark

  !> True if the columns, counted with the first index fastest, have one stride.
  pure logical function evenly_spaced(record)
    type(tensor_record), intent(in) :: record
    integer(int64) :: following
    integer :: dimension

    evenly_spaced = .true.
    following = 0
    do dimension = 1, size(record%extent) - 1
      if (record%extent(dimension) == 1) cycle
      if (following > 0) evenly_spaced = evenly_spaced .and. record%stride(dimension) == following
      following = record%stride(dimension) * record%extent(dimension)
    end do
  end function evenly_spaced

  !> True if two tensors may have memory in common.
  function overlap(one, other)
    type(tensor_record), intent(in) :: one, other
    logical :: overlap

    overlap = first_byte(one) < first_byte(other) + span(other) * bytes(other) .and. &
              first_byte(other) < first_byte(one) + span(one) * bytes(one)
  end function overlap

  pure integer(int64) function first_byte(record)
    type(tensor_record), intent(in) :: record

    first_byte = transfer(record%data, 0_c_intptr_t)
  end function first_byte

  pure integer(int32) function bytes(record)
    type(tensor_record), intent(in) :: record

    bytes = merge(PARAMNET_REAL64, PARAMNET_REAL32, record%dtype == torch_kFloat64)
  end function bytes

  !> A tensor whose columns are evenly spaced, for the C ABI.
  pure function array_of(record) result(array)
    type(tensor_record), intent(in) :: record
    type(c_array) :: array
    integer :: dimension, last

    last = size(record%extent)
    array = c_array(record%data, columns_of(record), features_of(record), 0_int64, record%stride(last), bytes(record), 0_int32)
    do dimension = last - 1, 1, -1
      if (record%extent(dimension) > 1) array%column_stride = record%stride(dimension)
    end do
  end function array_of

  !> values (column, feature), the columns contiguous, for the C ABI.
  function packed(values, columns) result(array)
    real(real64), intent(in), target :: values(:)
    integer(int64), intent(in) :: columns
    type(c_array) :: array

    array = c_array(c_loc(values), columns, size(values, kind=int64) / columns, 1_int64, columns, PARAMNET_REAL64, 0_int32)
  end function packed
end module ftorch_columns

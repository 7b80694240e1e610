!> What a tensor is: the address of its numbers, their type, and the extent and stride of each dimension.
module ftorch_record
  use, intrinsic :: iso_c_binding, only: c_associated, c_f_pointer, c_int, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use ftorch_types, only: torch_kFloat32, torch_kFloat64
  implicit none
  private
  public :: gather, own_memory, record_at, scatter, span, strides_of

  type, public :: tensor_record
    type(c_ptr) :: data = c_null_ptr
    integer(c_int) :: dtype = torch_kFloat32              !< or torch_kFloat64
    integer(int64), allocatable :: extent(:)
    integer(int64), allocatable :: stride(:)              !< in elements
    real(real64), pointer :: owned(:) => null()           !< the numbers of a tensor without an array
  end type tensor_record

contains

  !> The record at an address; a null pointer for a tensor that is not constructed.
  function record_at(address) result(record)
    type(c_ptr), intent(in) :: address
    type(tensor_record), pointer :: record

    record => null()
    if (c_associated(address)) call c_f_pointer(address, record)
  end function record_at

  !> Strides of a dense array whose index layout(1) varies fastest, then layout(2), ...
  pure function strides_of(extent, layout) result(stride)
    integer(int64), intent(in) :: extent(:)
    integer(int32), intent(in) :: layout(:)
    integer(int64) :: stride(size(extent)), step
    integer :: place

    step = 1
    do place = 1, size(extent)
      stride(layout(place)) = step
      step = step * extent(layout(place))
    end do
  end function strides_of

  !> Elements from the first to the last one, both included.
  pure integer(int64) function span(record)
    type(tensor_record), intent(in) :: record

    span = 0
    if (all(record%extent > 0)) span = 1 + sum((record%extent - 1) * record%stride)
  end function span

  !> Gives a record memory of its own, filled with value.
  subroutine own_memory(record, value)
    type(tensor_record), intent(inout) :: record
    real(real64), intent(in) :: value
    real(real64), allocatable :: values(:)

    allocate (record%owned(max(1_int64, product(record%extent))))  ! twice what float32 needs
    record%data = c_loc(record%owned)
    allocate (values(product(record%extent)), source=value)
    call scatter(values, record)
  end subroutine own_memory

  !> The numbers of a tensor, its first index fastest.
  subroutine gather(record, values)
    type(tensor_record), intent(in) :: record
    real(real64), intent(out) :: values(:)
    real(real32), pointer :: single(:)
    real(real64), pointer :: double(:)
    integer(int64) :: at(size(record%extent)), first, last, start

    if (size(values) == 0) return
    call views(record, single, double)
    at = 0
    do first = 1, size(values, kind=int64), record%extent(1)
      start = 1 + sum(at * record%stride)
      last = start + (record%extent(1) - 1) * record%stride(1)
      if (associated(single)) then
        values(first:first + record%extent(1) - 1) = single(start:last:record%stride(1))
      else
        values(first:first + record%extent(1) - 1) = double(start:last:record%stride(1))
      end if
      call advance(at, record%extent)
    end do
  end subroutine gather

  !> The inverse of gather.
  subroutine scatter(values, record)
    real(real64), intent(in) :: values(:)
    type(tensor_record), intent(in) :: record
    real(real32), pointer :: single(:)
    real(real64), pointer :: double(:)
    integer(int64) :: at(size(record%extent)), first, last, start

    if (size(values) == 0) return
    call views(record, single, double)
    at = 0
    do first = 1, size(values, kind=int64), record%extent(1)
      start = 1 + sum(at * record%stride)
      last = start + (record%extent(1) - 1) * record%stride(1)
      if (associated(single)) then
        single(start:last:record%stride(1)) = real(values(first:first + record%extent(1) - 1), real32)
      else
        double(start:last:record%stride(1)) = values(first:first + record%extent(1) - 1)
      end if
      call advance(at, record%extent)
    end do
  end subroutine scatter

  !> The memory of a tensor as numbers of its type; the other pointer is null.
  subroutine views(record, single, double)
    type(tensor_record), intent(in) :: record
    real(real32), pointer, intent(out) :: single(:)
    real(real64), pointer, intent(out) :: double(:)

    single => null()
    double => null()
    if (record%dtype == torch_kFloat64) then
      call c_f_pointer(record%data, double, [span(record)])
    else
      call c_f_pointer(record%data, single, [span(record)])
    end if
  end subroutine views

  !> The next position, of all dimensions but the first.
  pure subroutine advance(at, extent)
    integer(int64), intent(inout) :: at(:)
    integer(int64), intent(in) :: extent(:)
    integer :: dimension

    do dimension = 2, size(at)
      at(dimension) = at(dimension) + 1
      if (at(dimension) < extent(dimension)) return
      at(dimension) = 0
    end do
  end subroutine advance
end module ftorch_record

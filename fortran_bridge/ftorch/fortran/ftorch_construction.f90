!> Makes, finds and frees the records of tensors, and refuses what a tensor here cannot be.
module ftorch_construction
  use, intrinsic :: iso_c_binding, only: c_int, c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use ftorch_devices, only: torch_kCPU
  use ftorch_record, only: own_memory, record_at, strides_of, tensor_record
  use ftorch_types, only: torch_kFloat32, torch_kFloat64
  use paramnet_message, only: sentence
  use paramnet_status, only: fail, failure_type, PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, refused, succeed
  use paramnet_text, only: decimal
  implicit none
  private
  public :: constructed, fill, free_record, wrap

  character(len=*), parameter :: dtypes = 'torch_kFloat32 (6) or torch_kFloat64 (7)'

contains

  !> Makes a tensor of numbers at data, or refuses its arguments.
  function wrap(failure, taken, address, data, extent, layout, dtype, device_type, device_index, requires_grad) result(code)
    type(failure_type), intent(inout) :: failure
    logical, intent(in) :: taken
    type(c_ptr), intent(inout) :: address
    type(c_ptr), intent(in) :: data
    integer(int64), intent(in) :: extent(:)
    integer(int32), intent(in) :: layout(:)
    integer(c_int), intent(in) :: dtype, device_type
    integer, intent(in), optional :: device_index
    logical, intent(in), optional :: requires_grad
    integer(int32) :: code
    type(tensor_record), pointer :: record

    code = examine(failure, taken, extent, layout, dtype, device_type, device_index, requires_grad)
    if (code /= PARAMNET_OK) return
    call free_record(address)
    allocate (record)
    record%data = data
    record%dtype = dtype
    record%extent = extent
    record%stride = strides_of(extent, layout)
    address = c_loc(record)
  end function wrap

  !> Makes a tensor of its own numbers, all of them value, the last index contiguous.
  function fill(failure, taken, address, ndims, extent, dtype, value, device_type, device_index, requires_grad) result(code)
    type(failure_type), intent(inout) :: failure
    logical, intent(in) :: taken
    type(c_ptr), intent(inout) :: address
    integer(c_int), intent(in) :: ndims, dtype, device_type
    integer(int64), intent(in) :: extent(:)
    integer, intent(in), optional :: device_index
    logical, intent(in), optional :: requires_grad
    real(real64), intent(in) :: value
    integer(int32) :: code, place
    type(tensor_record), pointer :: record

    if (size(extent) < ndims) then
      code = refused(failure, taken, sentence('tensor_shape', expected='ndims = ' // decimal(ndims) // ' elements', &
                                              got=decimal(size(extent, kind=int32))))
      return
    end if
    code = wrap(failure, taken, address, c_null_ptr, extent(:ndims), [(place, place=ndims, 1, -1)], dtype, device_type, &
                device_index, requires_grad)
    if (code /= PARAMNET_OK) return
    record => record_at(address)
    call own_memory(record, value)
  end function fill

  function examine(failure, taken, extent, layout, dtype, device_type, device_index, requires_grad) result(code)
    type(failure_type), intent(inout) :: failure
    logical, intent(in) :: taken
    integer(int64), intent(in) :: extent(:)
    integer(int32), intent(in) :: layout(:)
    integer(c_int), intent(in) :: dtype, device_type
    integer, intent(in), optional :: device_index
    logical, intent(in), optional :: requires_grad
    integer(int32) :: code
    integer :: place

    call succeed(failure)
    code = PARAMNET_OK
    if (device_type /= torch_kCPU) then
      code = refused(failure, taken, sentence('device_type of a tensor', expected='torch_kCPU (0)', got=decimal(device_type), &
                     remedy='leave arrays on the CPU; a model on a GPU copies them to it and back'))
    else if (index_of(device_index) > 0) then
      code = refused(failure, taken, sentence('device_index of a tensor on the CPU', expected='-1 or 0', &
                                              got=decimal(index_of(device_index))))
    else if (is_true(requires_grad)) then
      code = refused(failure, taken, sentence('requires_grad of a tensor', expected='.false.', got='.true.', &
                                              remedy='gradients need FTorch itself'))
    else if (all(dtype /= [torch_kFloat32, torch_kFloat64])) then
      code = refused(failure, taken, sentence('dtype of a tensor', expected=dtypes, got=decimal(dtype)))
    else if (size(extent) == 0 .or. any(extent < 0)) then
      code = refused(failure, taken, sentence('tensor_shape', expected='one or more extents of 0 or more', got=listed(extent)))
    else if (any([(count(layout == place) /= 1, place=1, size(extent))])) then
      code = refused(failure, taken, sentence('layout', expected='each of 1 to ' // decimal(size(extent, kind=int32)) // ' once', &
                                              got=listed(int(layout, int64))))
    end if
  end function examine

  !> The record of a tensor; a tensor that is not constructed ends the program.
  function constructed(address, what) result(record)
    type(c_ptr), intent(in) :: address
    character(len=*), intent(in) :: what
    type(tensor_record), pointer :: record
    type(failure_type) :: failure

    record => record_at(address)
    if (associated(record)) return
    call fail(failure, PARAMNET_STATUS_INVALID_ARGUMENT, sentence(what, expected='a constructed tensor', got='an empty one', &
              remedy='call torch_tensor_from_array first'), taken=.false.)
    error stop 1
  end function constructed

  !> Frees a record and its own numbers, if there is one.
  subroutine free_record(address)
    type(c_ptr), intent(inout) :: address
    type(tensor_record), pointer :: record

    record => record_at(address)
    address = c_null_ptr
    if (.not. associated(record)) return
    if (associated(record%owned)) deallocate (record%owned)
    deallocate (record)
  end subroutine free_record

  pure integer(int32) function index_of(device_index)
    integer, intent(in), optional :: device_index

    index_of = -1
    if (present(device_index)) index_of = int(device_index, int32)
  end function index_of

  pure logical function is_true(flag)
    logical, intent(in), optional :: flag

    is_true = .false.
    if (present(flag)) is_true = flag
  end function is_true

  !> "2, 3, 5"
  pure function listed(numbers) result(text)
    integer(int64), intent(in) :: numbers(:)
    character(len=:), allocatable :: text
    character(len=22 * size(numbers) + 1) :: buffer

    buffer = ''
    if (size(numbers) > 0) write (buffer, '(*(i0, :, ", "))') numbers
    text = trim(buffer)
  end function listed
end module ftorch_construction

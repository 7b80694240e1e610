!> Tensors by FTorch's names: views of a host's arrays, or numbers of their own.  All are on the CPU; a scheme on a GPU
!> copies what it reads.
module ftorch_tensor
  use, intrinsic :: iso_c_binding, only: c_associated, c_int, c_int64_t, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use ftorch_construction, only: constructed, fill, free_record, wrap
  use ftorch_devices, only: torch_kCPU
  use ftorch_record, only: gather, scatter, tensor_record
  use ftorch_types, only: ftorch_int, torch_kFloat64
  use paramnet_message, only: sentence
  use paramnet_status, only: fail, failure_type, PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, refused
  use paramnet_text, only: decimal
  implicit none
  private
  public :: torch_tensor_delete, torch_tensor_empty, torch_tensor_from_blob, torch_tensor_get_device_index, &
            torch_tensor_get_device_type, torch_tensor_get_dtype, torch_tensor_get_rank, torch_tensor_get_shape, &
            torch_tensor_get_stride, torch_tensor_ones, torch_tensor_print, torch_tensor_requires_grad, torch_tensor_zero, &
            torch_tensor_zeros

  !> p is null until a constructor sets it.
  type, public :: torch_tensor
    type(c_ptr) :: p = c_null_ptr
  contains
    procedure :: get_rank => torch_tensor_get_rank
    procedure :: get_shape => torch_tensor_get_shape
    procedure :: get_stride => torch_tensor_get_stride
    procedure :: get_dtype => torch_tensor_get_dtype
    procedure :: get_device_type => torch_tensor_get_device_type
    procedure :: get_device_index => torch_tensor_get_device_index
    procedure :: requires_grad => torch_tensor_requires_grad
    procedure :: zero => torch_tensor_zero
    procedure :: print => torch_tensor_print
    procedure, private :: take_values
    generic :: assignment(=) => take_values
    final :: torch_tensor_delete
  end type torch_tensor

contains

  !> A tensor at an address: ndims dimensions of tensor_shape, of which layout(1) is contiguous, then layout(2), ...
  subroutine torch_tensor_from_blob(tensor, data, ndims, tensor_shape, layout, dtype, device_type, device_index, &
                                    requires_grad, status, message)
    type(c_ptr), intent(in) :: data
    integer(c_int), intent(in) :: ndims, dtype
    integer(c_int64_t), intent(in) :: tensor_shape(:)
    integer(ftorch_int), intent(in) :: layout(:)
    include 'ftorch_array_arguments.inc'

    if (min(size(tensor_shape), size(layout)) < ndims) then
      code = refused(failure, present(status), sentence('torch_tensor_from_blob: tensor_shape, layout', &
                     expected='ndims = ' // decimal(ndims) // ' elements each', &
                     got=decimal(size(tensor_shape, kind=int32)) // ' and ' // decimal(size(layout, kind=int32))))
    else if (.not. c_associated(data)) then
      code = refused(failure, present(status), sentence('torch_tensor_from_blob: data', expected='an address', got='null'))
    else
      code = wrap(failure, present(status), tensor%p, data, tensor_shape(:ndims), layout(:ndims), dtype, device_type, &
                  device_index, requires_grad)
    end if
    include 'ftorch_return_status.inc'
  end subroutine torch_tensor_from_blob

  !> A tensor of its own zeros, the last index contiguous.
  subroutine torch_tensor_zeros(tensor, ndims, tensor_shape, dtype, device_type, device_index, requires_grad, status, message)
    integer(c_int), intent(in) :: ndims, dtype
    integer(c_int64_t), intent(in) :: tensor_shape(:)
    include 'ftorch_array_arguments.inc'

    code = fill(failure, present(status), tensor%p, ndims, tensor_shape, dtype, 0.0_real64, device_type, device_index, &
                requires_grad)
    include 'ftorch_return_status.inc'
  end subroutine torch_tensor_zeros

  !> A tensor of its own ones, the last index contiguous.
  subroutine torch_tensor_ones(tensor, ndims, tensor_shape, dtype, device_type, device_index, requires_grad, status, message)
    integer(c_int), intent(in) :: ndims, dtype
    integer(c_int64_t), intent(in) :: tensor_shape(:)
    include 'ftorch_array_arguments.inc'

    code = fill(failure, present(status), tensor%p, ndims, tensor_shape, dtype, 1.0_real64, device_type, device_index, &
                requires_grad)
    include 'ftorch_return_status.inc'
  end subroutine torch_tensor_ones

  !> A tensor of its own numbers, which are 0 until something writes them.
  subroutine torch_tensor_empty(tensor, ndims, tensor_shape, dtype, device_type, device_index, requires_grad, status, message)
    integer(c_int), intent(in) :: ndims, dtype
    integer(c_int64_t), intent(in) :: tensor_shape(:)
    include 'ftorch_array_arguments.inc'

    code = fill(failure, present(status), tensor%p, ndims, tensor_shape, dtype, 0.0_real64, device_type, device_index, &
                requires_grad)
    include 'ftorch_return_status.inc'
  end subroutine torch_tensor_empty

  !> Forgets the host's array, or frees the tensor's own numbers.  Harmless for a tensor that is not constructed.
  impure elemental subroutine torch_tensor_delete(tensor)
    type(torch_tensor), intent(inout) :: tensor

    call free_record(tensor%p)
  end subroutine torch_tensor_delete

  !> Number of dimensions.
  integer(int32) function torch_tensor_get_rank(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_rank')
    torch_tensor_get_rank = size(record%extent, kind=int32)
  end function torch_tensor_get_rank

  !> Extent of each dimension; valid while the tensor exists.
  function torch_tensor_get_shape(self) result(sizes)
    class(torch_tensor), intent(in) :: self
    integer(c_int64_t), pointer :: sizes(:)
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_shape')
    sizes => record%extent
  end function torch_tensor_get_shape

  !> Stride of each dimension, in elements; valid while the tensor exists.
  function torch_tensor_get_stride(self) result(strides)
    class(torch_tensor), intent(in) :: self
    integer(c_int64_t), pointer :: strides(:)
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_stride')
    strides => record%stride
  end function torch_tensor_get_stride

  !> torch_kFloat32 or torch_kFloat64.
  integer(c_int) function torch_tensor_get_dtype(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_dtype')
    torch_tensor_get_dtype = record%dtype
  end function torch_tensor_get_dtype

  !> torch_kCPU.
  integer(c_int) function torch_tensor_get_device_type(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_device_type')
    torch_tensor_get_device_type = torch_kCPU
  end function torch_tensor_get_device_type

  !> -1, as for every tensor on the CPU.
  integer(c_int) function torch_tensor_get_device_index(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'get_device_index')
    torch_tensor_get_device_index = -1
  end function torch_tensor_get_device_index

  !> Always false.
  logical function torch_tensor_requires_grad(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record

    record => constructed(self%p, 'requires_grad')
    torch_tensor_requires_grad = .false.
  end function torch_tensor_requires_grad

  !> Sets every number to 0, also those of the host's array.
  subroutine torch_tensor_zero(tensor)
    class(torch_tensor), intent(inout) :: tensor
    type(tensor_record), pointer :: record
    real(real64), allocatable :: values(:)

    record => constructed(tensor%p, 'zero')
    allocate (values(product(record%extent)), source=0.0_real64)
    call scatter(values, record)
  end subroutine torch_tensor_zero

  !> Writes shape, kind and numbers, the first index fastest.
  subroutine torch_tensor_print(self)
    class(torch_tensor), intent(in) :: self
    type(tensor_record), pointer :: record
    real(real64), allocatable :: values(:)

    record => constructed(self%p, 'print')
    allocate (values(product(record%extent)))
    call gather(record, values)
    print '(a, *(1x, i0))', merge('real64, shape', 'real32, shape', record%dtype == torch_kFloat64), record%extent
    print '(6(1x, es15.7))', values
  end subroutine torch_tensor_print

  !> tensor = other: copies the numbers, to a new tensor of its own if this one is not constructed.
  subroutine take_values(self, other)
    class(torch_tensor), intent(inout) :: self
    type(torch_tensor), intent(in) :: other
    type(tensor_record), pointer :: from, to
    type(failure_type) :: failure
    real(real64), allocatable :: values(:)
    integer(int32) :: code

    from => constructed(other%p, 'assignment of a tensor')
    allocate (values(product(from%extent)))
    call gather(from, values)
    if (.not. c_associated(self%p)) &
      code = fill(failure, .false., self%p, size(from%extent, kind=c_int), from%extent, from%dtype, 0.0_real64, &
                  torch_kCPU)
    to => constructed(self%p, 'assignment of a tensor')
    if (.not. same(to%extent, from%extent)) then
      call fail(failure, PARAMNET_STATUS_INVALID_ARGUMENT, sentence('assignment of a tensor', expected='one of the same shape'), &
                taken=.false.)
      error stop 1
    end if
    call scatter(values, to)
  end subroutine take_values

  pure logical function same(one, other)
    integer(int64), intent(in) :: one(:), other(:)

    same = size(one) == size(other)
    if (same) same = all(one == other)
  end function same
end module ftorch_tensor

!> ftorch_face FOLDER: module ftorch on identity.pt, which gives its 21 inputs back, and on logarithm.pt; and what it refuses.
program ftorch_face
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan
  use, intrinsic :: iso_c_binding, only: c_int64_t, c_loc, c_null_ptr
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use check, only: expect, expect_failure, finish
  use ftorch
  use ftorch_test_utils, only: allclose, isclose
  use paramnet, only: PARAMNET_OK, PARAMNET_STATUS_CONTRACT_MISMATCH, PARAMNET_STATUS_FILE, PARAMNET_STATUS_FORMAT, &
                      PARAMNET_STATUS_INVALID_ARGUMENT
  implicit none
  integer, parameter :: nlev = 10, n_in = 2 * nlev + 1
  type(torch_model) :: model
  character(len=512) :: folder
  character(len=:), allocatable :: message
  integer(int32) :: status

  call get_command_argument(1, folder)
  call loading()
  call torch_model_load(model, '  ' // trim(folder) // '/identity.pt', torch_kCPU, device_index=-1, requires_grad=.false.)
  call one_column()
  call every_rank()
  call layouts()
  call several_tensors()
  call memory_in_common()
  call own_numbers()
  call copies()
  call refused_calls()
  call refused_tensors()
  call columns_without_a_result()
  call closeness()
  call torch_delete(model)
  call torch_delete(model)
  call finish()

contains

  subroutine loading()
    call torch_model_load(model, trim(folder) // '/absent.pt', torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_FILE, message, 'absent.pt')
    call torch_model_load(model, trim(folder) // '/no_manifest.pt', torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_FORMAT, message, 'paramnet import')
    call torch_model_load(model, trim(folder) // '/identity.pt', torch_kXPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'device_type')
    call torch_model_load(model, trim(folder) // '/identity.pt', torch_kCPU, is_training=.true., status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'is_training')
    call torch_model_load(model, trim(folder) // '/identity.pt', torch_kCPU, requires_grad=.true., status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'requires_grad')
  end subroutine loading

  subroutine one_column()
    real(real32), target :: x(n_in), y(n_in)
    type(torch_tensor) :: in_tensors(1), out_tensors(1)

    call random_number(x)
    y = -1
    call torch_tensor_from_array(in_tensors(1), x, torch_kCPU)
    call torch_tensor_from_array(out_tensors(1), y, [1], torch_kCPU)
    call torch_model_forward(model, in_tensors, out_tensors)
    call expect(all(abs(x - y) <= 0), 'a rank of 1 is one column')
    call torch_delete(in_tensors)
    call torch_delete(out_tensors)
    call expect(.not. model%is_training(), 'no model trains')
  end subroutine one_column

  !> Ranks 2 to 5; the first indices count columns.
  subroutine every_rank()
    real(real64), target :: x(2, 3, 2, 2, n_in), y(2, 3, 2, 2, n_in)
    real(real64), pointer, contiguous :: x2(:, :), y2(:, :), x3(:, :, :), y3(:, :, :), x4(:, :, :, :), y4(:, :, :, :)
    type(torch_tensor) :: from(4), to(4)
    integer :: rank

    call random_number(x)
    x = real(real(x, real32), real64)
    x2(1:24, 1:n_in) => x
    y2(1:24, 1:n_in) => y
    x3(1:6, 1:4, 1:n_in) => x
    y3(1:6, 1:4, 1:n_in) => y
    x4(1:1, 1:6, 1:4, 1:n_in) => x
    y4(1:1, 1:6, 1:4, 1:n_in) => y
    call torch_tensor_from_array(from(1), x2, torch_kCPU)
    call torch_tensor_from_array(to(1), y2, torch_kCPU)
    call torch_tensor_from_array(from(2), x3, torch_kCPU)
    call torch_tensor_from_array(to(2), y3, torch_kCPU)
    call torch_tensor_from_array(from(3), x4, torch_kCPU)
    call torch_tensor_from_array(to(3), y4, torch_kCPU)
    call torch_tensor_from_array(from(4), x, torch_kCPU)
    call torch_tensor_from_array(to(4), y, torch_kCPU)
    do rank = 2, 5
      y = -1
      call torch_model_forward(model, from(rank - 1:rank - 1), to(rank - 1:rank - 1))
      call expect(all(abs(x - y) <= 0), 'identity in every rank')
      call expect(from(rank - 1)%get_rank() == rank, 'the rank of the array')
    end do
  end subroutine every_rank

  !> layout: which index is contiguous.  [2, 1] reads the memory of the array row by row, as PyTorch does with its own tensors.
  subroutine layouts()
    real(real32), target :: by_column(4, n_in), by_row(4, n_in), rows(n_in, 4), grid(2, n_in, 2), same(2, n_in, 2), y(4, n_in)
    type(torch_tensor) :: from(1), to(1)

    call random_number(by_column)
    rows = transpose(by_column)
    by_row = reshape(rows, [4, n_in])  ! the same memory
    call torch_tensor_from_array(from(1), by_row, [2, 1], torch_kCPU)
    call torch_tensor_from_array(to(1), y, torch_kCPU)
    call torch_model_forward(model, from, to)
    call expect(all(abs(y - by_column) <= 0), 'row by row')
    call expect(all(from(1)%get_stride() == [n_in, 1]), 'its strides')
    call expect(all(from(1)%get_shape() == [4, n_in]), 'its shape')
    call expect(all(to(1)%get_stride() == [1, 4]), 'strides of a Fortran array')
    ! Columns that are not evenly spaced: (2, 2, n_in) in the memory of a (2, n_in, 2).
    call random_number(grid)
    call torch_tensor_from_blob(from(1), c_loc(grid), 3, [2_c_int64_t, 2_c_int64_t, int(n_in, c_int64_t)], [1, 3, 2], &
                                torch_kFloat32, torch_kCPU)
    call torch_tensor_from_blob(to(1), c_loc(same), 3, [2_c_int64_t, 2_c_int64_t, int(n_in, c_int64_t)], [1, 3, 2], &
                                torch_kFloat32, torch_kCPU)
    call torch_model_forward(model, from, to)
    call expect(all(abs(same - grid) <= 0), 'columns in two blocks')
  end subroutine layouts

  subroutine several_tensors()
    real(real32), target :: t(6, nlev), q(6, nlev), t_out(6, nlev)
    real(real64), target :: ps(6, 1), rest(6, nlev + 1)
    type(torch_tensor) :: in_tensors(3), out_tensors(2)

    call random_number(t)
    call random_number(q)
    ps = 98000
    call torch_tensor_from_array(in_tensors(1), t, torch_kCPU)
    call torch_tensor_from_array(in_tensors(2), q, torch_kCPU)
    call torch_tensor_from_array(in_tensors(3), ps, torch_kCPU)
    call torch_tensor_from_array(out_tensors(1), t_out, torch_kCPU)
    call torch_tensor_from_array(out_tensors(2), rest, torch_kCPU)
    call torch_model_forward(model, in_tensors, out_tensors, requires_grad=.false., status=status, message=message)
    call expect(status == PARAMNET_OK .and. message == '', 'several tensors')
    call expect(all(abs(t_out - t) <= 0) .and. all(abs(rest(:, :nlev) - q) <= 0) .and. &
                all(abs(rest(:, nlev + 1) - 98000) <= 0), 'in the contract''s order')
  end subroutine several_tensors

  subroutine memory_in_common()
    real(real32), target :: x(8, n_in), before(8, n_in)
    type(torch_tensor) :: tensors(1)

    call random_number(x)
    before = x
    call torch_tensor_from_array(tensors(1), x, torch_kCPU)
    call torch_model_forward(model, tensors, tensors)
    call expect(all(abs(x - before) <= 0), 'inputs may be outputs')
  end subroutine memory_in_common

  subroutine own_numbers()
    type(torch_tensor) :: from(1), to(1)
    real(real64), target :: y(3, n_in)

    call torch_tensor_ones(from(1), 2, [3_c_int64_t, int(n_in, c_int64_t)], torch_kFloat32, torch_kCPU)
    call torch_tensor_from_array(to(1), y, torch_kCPU)
    call torch_model_forward(model, from, to)
    call expect(all(abs(y - 1) <= 0), 'ones')
    call expect(all(from(1)%get_stride() == [n_in, 1]), 'the last index is contiguous')
    call expect(from(1)%get_dtype() == torch_kFloat32, 'of real32')
    call expect(to(1)%get_dtype() == torch_kFloat64, 'of real64')
    call expect(from(1)%get_device_type() == torch_kCPU, 'on the CPU')
    call expect(from(1)%get_device_index() == -1, 'which has no number')
    call expect(.not. from(1)%requires_grad(), 'without gradients')
    call to(1)%zero()
    call expect(all(abs(y) <= 0), 'zero reaches the array')
    call torch_tensor_zeros(from(1), 2, [3_c_int64_t, int(n_in, c_int64_t)], torch_kFloat64, torch_kCPU)
    y = 5
    call torch_model_forward(model, from, to)
    call expect(all(abs(y) <= 0), 'zeros')
  end subroutine own_numbers

  subroutine copies()
    type(torch_tensor) :: one, other
    type(torch_model) :: again
    real(real32), target :: x(n_in), y(n_in)

    call random_number(x)
    call torch_tensor_from_array(one, x, torch_kCPU)
    other = one
    x = x + 1
    call torch_tensor_from_array(one, y, torch_kCPU)
    again = model
    call torch_model_forward(again, [other], [one])
    call expect(all(abs(y + 1 - x) < 1e-6), 'assignment copies the numbers')
    call torch_delete(again)
    call torch_tensor_from_array(one, x, torch_kCPU)
    one = other
    call expect(all(abs(x - y) <= 0), 'into the array of a tensor that has one')
    call torch_model_forward(model, [other], [one], status=status)
    call expect(status == PARAMNET_OK, 'and a second handle is freed alone')
  end subroutine copies

  subroutine refused_calls()
    type(torch_model) :: empty
    type(torch_tensor) :: tensor, transposed, narrow, wide, other(2), none(0)
    real(real32), target :: x(2, n_in), xt(n_in, 2), few(2, n_in - 1), t(2, nlev + 1), q(2, nlev), more(3, n_in)

    x = 1
    more = 7
    call torch_tensor_from_array(tensor, x, torch_kCPU)
    call torch_tensor_from_array(transposed, xt, torch_kCPU)
    call torch_tensor_from_array(narrow, few, torch_kCPU)
    call torch_tensor_from_array(wide, more, torch_kCPU)
    call torch_model_forward(empty, [tensor], [tensor], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'torch_model_load')
    call torch_model_forward(model, none, [tensor], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'one tensor or more')
    call torch_model_forward(model, [tensor], other, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'output tensor 1')
    call torch_model_forward(model, [tensor], [tensor], requires_grad=.true., status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'requires_grad')
    call torch_model_forward(model, [transposed], [transposed], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'specific_humidity: 10')
    call torch_model_forward(model, [narrow], [tensor], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, '(2, 20)')
    call torch_model_forward(model, [tensor], [narrow], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'its outputs (')
    call torch_model_forward(model, [tensor], [wide], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, '(3, 21)')
    call torch_tensor_from_array(other(1), t, torch_kCPU)
    call torch_tensor_from_array(other(2), q, torch_kCPU)
    call torch_model_forward(model, other, [tensor], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'input tensor 1')
    call expect(all(abs(x - 1) <= 0) .and. all(abs(more - 7) <= 0), 'a refused call writes nothing')
  end subroutine refused_calls

  subroutine refused_tensors()
    type(torch_tensor) :: tensor
    real(real32), target :: x(2, 3)
    real(real32), allocatable, target :: absent(:)

    call torch_tensor_from_array(tensor, x, torch_kCUDA, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'device_type of a tensor')
    call torch_tensor_from_array(tensor, x, torch_kCPU, device_index=1, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'device_index')
    call torch_tensor_from_array(tensor, x, torch_kCPU, requires_grad=.true., status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'requires_grad')
    call torch_tensor_from_array(tensor, x, [1, 1], torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'got 1, 1')
    call torch_tensor_from_array(tensor, absent, torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'not allocated')
    call torch_tensor_zeros(tensor, 1, [2_c_int64_t], torch_kInt32, torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'got 3')
    call torch_tensor_empty(tensor, 2, [2_c_int64_t], torch_kFloat32, torch_kCPU, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'ndims = 2')
    call torch_tensor_from_blob(tensor, c_null_ptr, 1, [2_c_int64_t], [1], torch_kFloat32, torch_kCPU, status=status, &
                                message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'null')
  end subroutine refused_tensors

  !> Inputs below 0 have no logarithm: NaN, as in PyTorch, in that column alone.
  subroutine columns_without_a_result()
    type(torch_model) :: logarithm
    type(torch_tensor) :: from(1), to(1)
    real(real32), target :: x(3, n_in), y(3, n_in)

    call torch_model_load(logarithm, trim(folder) // '/logarithm.pt', torch_kCPU)
    x = 1
    x(2, 4) = -1
    call torch_tensor_from_array(from(1), x, torch_kCPU)
    call torch_tensor_from_array(to(1), y, torch_kCPU)
    call torch_model_forward(logarithm, from, to)
    call expect(all(abs(y([1, 3], :)) <= 0) .and. all(ieee_is_nan(y(2, :))), 'NaN in the column without a result')
    call torch_tensor_from_array(to(1), x, torch_kCPU)
    call torch_model_forward(logarithm, from, to)
    call expect(all(abs(x([1, 3], :)) <= 0) .and. all(ieee_is_nan(x(2, :))), 'and where copies are made')
  end subroutine columns_without_a_result

  subroutine closeness()
    real(real64) :: one(2) = [1, 2]

    call expect(isclose(1.0, 1.000001, 'close', print_result=.false.), 'close')
    call expect(.not. isclose(1.0, 1.1, 'far', print_result=.false.), 'far')
    call expect(allclose(one, one, 'equal', rtol=0.0_real64), 'equal')
    call expect(.not. allclose(one, [1.0_real64], 'shapes', print_result=.false.), 'other shapes')
  end subroutine closeness
end program ftorch_face

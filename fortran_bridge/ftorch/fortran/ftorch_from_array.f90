!> torch_tensor_from_array: a tensor that is an array of the host, without a copy.
!>
!> call torch_tensor_from_array(tensor, data_in [, layout], device_type [, device_index, requires_grad, status, message])
!> data_in: a contiguous real32 or real64 array of rank 1 to 5 with the attribute target or pointer.  The last index of the
!> tensor counts the features of the network, the others its columns.
module ftorch_from_array
  use, intrinsic :: iso_c_binding, only: c_int, c_loc
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use ftorch_construction, only: wrap
  use ftorch_tensor, only: torch_tensor
  use ftorch_types, only: ftorch_int, torch_kFloat32, torch_kFloat64
  use paramnet_message, only: sentence
  use paramnet_status, only: failure_type, PARAMNET_OK, refused
  implicit none
  private
  public :: torch_tensor_from_array

  interface torch_tensor_from_array
    module procedure from_real32_1, from_real32_2, from_real32_3, from_real32_4, from_real32_5
    module procedure from_real64_1, from_real64_2, from_real64_3, from_real64_4, from_real64_5
    module procedure from_real32_1_as_it_is, from_real32_2_as_it_is, from_real32_3_as_it_is, &
      from_real32_4_as_it_is, from_real32_5_as_it_is
    module procedure from_real64_1_as_it_is, from_real64_2_as_it_is, from_real64_3_as_it_is, &
      from_real64_4_as_it_is, from_real64_5_as_it_is
  end interface torch_tensor_from_array

contains

  subroutine from_real32_1(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:)
    include 'ftorch_from_array.inc'
  end subroutine from_real32_1

  subroutine from_real32_2(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real32_2

  subroutine from_real32_3(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real32_3

  subroutine from_real32_4(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real32_4

  subroutine from_real32_5(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real32_5

  subroutine from_real64_1(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:)
    include 'ftorch_from_array.inc'
  end subroutine from_real64_1

  subroutine from_real64_2(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real64_2

  subroutine from_real64_3(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real64_3

  subroutine from_real64_4(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real64_4

  subroutine from_real64_5(tensor, data_in, layout, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :, :, :)
    include 'ftorch_from_array.inc'
  end subroutine from_real64_5

  subroutine from_real32_1_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real32_1_as_it_is

  subroutine from_real32_2_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real32_2_as_it_is

  subroutine from_real32_3_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real32_3_as_it_is

  subroutine from_real32_4_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real32_4_as_it_is

  subroutine from_real32_5_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real32), pointer, contiguous, intent(in) :: data_in(:, :, :, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real32_5_as_it_is

  subroutine from_real64_1_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real64_1_as_it_is

  subroutine from_real64_2_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real64_2_as_it_is

  subroutine from_real64_3_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real64_3_as_it_is

  subroutine from_real64_4_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real64_4_as_it_is

  subroutine from_real64_5_as_it_is(tensor, data_in, device_type, device_index, requires_grad, status, message)
    real(real64), pointer, contiguous, intent(in) :: data_in(:, :, :, :, :)
    include 'ftorch_from_array_as_it_is.inc'
  end subroutine from_real64_5_as_it_is
end module ftorch_from_array

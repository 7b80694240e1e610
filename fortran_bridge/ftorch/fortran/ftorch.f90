!> The calls of FTorch (https://github.com/Cambridge-ICCS/FTorch) for inference, with the names and arguments that it documents,
!> on schemes of paramnet.  docs/guides/from_ftorch.md compares them.
!>
!> The constructors, torch_model_load and torch_model_forward take two more arguments, status and message.  Without status, a
!> failure is reported as module paramnet reports it, to the hook of paramnet_set_error_hook or to standard error, and ends
!> the program, as in FTorch.
module ftorch
  use ftorch_devices, only: torch_kCPU, torch_kCUDA, torch_kHIP, torch_kMPS, torch_kXPU
  use ftorch_from_array, only: torch_tensor_from_array
  use ftorch_model, only: torch_model, torch_model_delete, torch_model_forward, torch_model_is_training, torch_model_load, &
                          torch_model_print_parameters
  use ftorch_tensor, only: torch_tensor, torch_tensor_delete, torch_tensor_empty, torch_tensor_from_blob, &
                           torch_tensor_get_device_index, torch_tensor_get_device_type, torch_tensor_get_dtype, &
                           torch_tensor_get_rank, torch_tensor_get_shape, torch_tensor_get_stride, torch_tensor_ones, &
                           torch_tensor_print, torch_tensor_requires_grad, torch_tensor_zero, torch_tensor_zeros
  use ftorch_types, only: ftorch_int, torch_kFloat32, torch_kFloat64, torch_kInt16, torch_kInt32, torch_kInt64, torch_kInt8
  implicit none
  public

  !> Frees a model, a tensor or an array of tensors.
  interface torch_delete
    procedure :: torch_model_delete
    procedure :: torch_tensor_delete
  end interface torch_delete
end module ftorch

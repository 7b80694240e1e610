!> Data types by FTorch's names; the numbers are PyTorch's.  Tensors have torch_kFloat32 or torch_kFloat64.
module ftorch_types
  use, intrinsic :: iso_c_binding, only: c_int
  use, intrinsic :: iso_fortran_env, only: int32
  implicit none
  public

  integer(c_int), parameter :: torch_kInt8 = 1
  integer(c_int), parameter :: torch_kInt16 = 2
  integer(c_int), parameter :: torch_kInt32 = 3
  integer(c_int), parameter :: torch_kInt64 = 4
  integer(c_int), parameter :: torch_kFloat32 = 6
  integer(c_int), parameter :: torch_kFloat64 = 7

  !> Kind of the argument layout.
  integer, parameter :: ftorch_int = int32
end module ftorch_types

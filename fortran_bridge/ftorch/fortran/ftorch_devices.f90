!> Device types by FTorch's names; the numbers are PyTorch's.
module ftorch_devices
  use, intrinsic :: iso_c_binding, only: c_int
  implicit none
  public

  integer(c_int), parameter :: torch_kCPU = 0
  integer(c_int), parameter :: torch_kCUDA = 1
  integer(c_int), parameter :: torch_kHIP = 1
  integer(c_int), parameter :: torch_kXPU = 12
  integer(c_int), parameter :: torch_kMPS = 13
end module ftorch_devices

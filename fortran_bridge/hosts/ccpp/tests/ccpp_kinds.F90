!> What a CCPP host provides: the kind of its reals.
module ccpp_kinds
  use, intrinsic :: iso_fortran_env, only: kind_phys => KIND_PHYS
  implicit none
  private
  public :: kind_phys
end module ccpp_kinds

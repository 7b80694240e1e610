!> Fortran counterparts of the structures and constants of include/paramnet.h.  Hosts use module paramnet instead.
module paramnet_c_types
  use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_int64_t, c_ptr
  implicit none
  public

  integer(c_int32_t), parameter :: PARAMNET_REAL32 = 4_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_REAL64 = 8_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_MIDPOINTS = 0_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_ARRAY_DEVICE = 1_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_ARRAY_BOTTOM_FIRST = 2_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_ARRAY_CONVERT = 4_c_int32_t

  type, bind(C) :: c_options
    integer(c_int64_t) :: struct_size
    type(c_ptr) :: device
    type(c_ptr) :: backend
    type(c_ptr) :: precision
    type(c_ptr) :: fallback
    real(c_double) :: envelope_tolerance
    real(c_double) :: envelope_quantile
    real(c_double) :: distance_quantile
    real(c_double) :: bfloat16_tolerance
    integer(c_int32_t) :: fallback_flags
    integer(c_int32_t) :: strict
    integer(c_int32_t) :: threads
    integer(c_int32_t) :: trust
  end type c_options

  type, bind(C) :: c_array
    type(c_ptr) :: data
    integer(c_int64_t) :: columns
    integer(c_int64_t) :: levels
    integer(c_int64_t) :: column_stride
    integer(c_int64_t) :: level_stride
    integer(c_int32_t) :: kind
    integer(c_int32_t) :: options
  end type c_array

  type, bind(C) :: c_counts
    integer(c_int64_t) :: calls
    integer(c_int64_t) :: columns
    integer(c_int64_t) :: nonfinite_input
    integer(c_int64_t) :: nonfinite_output
    integer(c_int64_t) :: outside_envelope
    integer(c_int64_t) :: far_from_training
    integer(c_int64_t) :: fallen_back
    integer(c_int64_t) :: corrected(3)
  end type c_counts
end module paramnet_c_types

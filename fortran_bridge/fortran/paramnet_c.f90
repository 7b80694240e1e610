!> The C ABI of include/paramnet.h, as Fortran sees it.  Hosts use module paramnet instead.
module paramnet_c
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int32_t, c_int64_t, c_ptr, c_size_t
  implicit none
  public

  integer(c_int32_t), parameter :: PARAMNET_REAL32 = 4_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_REAL64 = 8_c_int32_t
  integer(c_int32_t), parameter :: PARAMNET_MIDPOINTS = 0_c_int32_t

  type, bind(C) :: c_options
    integer(c_int64_t) :: struct_size
    type(c_ptr) :: device
    type(c_ptr) :: backend
    type(c_ptr) :: precision
    real(c_double) :: envelope_tolerance
    integer(c_int32_t) :: threads
    integer(c_int32_t) :: reserved
  end type c_options

  type, bind(C) :: c_array
    type(c_ptr) :: data
    integer(c_int64_t) :: columns
    integer(c_int64_t) :: levels
    integer(c_int64_t) :: column_stride
    integer(c_int64_t) :: level_stride
    integer(c_int32_t) :: kind
    integer(c_int32_t) :: reserved
  end type c_array

  type, bind(C) :: c_counts
    integer(c_int64_t) :: calls
    integer(c_int64_t) :: columns
    integer(c_int64_t) :: nonfinite_input
    integer(c_int64_t) :: nonfinite_output
    integer(c_int64_t) :: outside_envelope
  end type c_counts

  interface
    function c_strlen(text) result(length) bind(C, name='strlen')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function c_strlen

    function c_last_error() result(text) bind(C, name='paramnet_last_error')
      import :: c_ptr
      type(c_ptr) :: text
    end function c_last_error

    function c_version() result(text) bind(C, name='paramnet_version')
      import :: c_ptr
      type(c_ptr) :: text
    end function c_version

    function c_options_init(options) result(status) bind(C, name='paramnet_options_init')
      import :: c_int32_t, c_options
      type(c_options), intent(out) :: options
      integer(c_int32_t) :: status
    end function c_options_init

    function c_load(path, options, scheme) result(status) bind(C, name='paramnet_load')
      import :: c_char, c_int32_t, c_options, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      type(c_options), intent(in) :: options
      type(c_ptr), intent(out) :: scheme
      integer(c_int32_t) :: status
    end function c_load

    function c_free(scheme) result(status) bind(C, name='paramnet_free')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t) :: status
    end function c_free

    function c_bind_input(scheme, name, units, array) result(status) bind(C, name='paramnet_bind_input')
      import :: c_array, c_char, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*), units(*)
      type(c_array), intent(in) :: array
      integer(c_int32_t) :: status
    end function c_bind_input

    function c_bind_output(scheme, name, units, array) result(status) bind(C, name='paramnet_bind_output')
      import :: c_array, c_char, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*), units(*)
      type(c_array), intent(in) :: array
      integer(c_int32_t) :: status
    end function c_bind_output

    function c_run(scheme, ncol, flags) result(status) bind(C, name='paramnet_run')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      type(c_ptr), value :: flags
      integer(c_int32_t) :: status
    end function c_run

    function c_check_pressure(scheme, ncol, surface_pressure, level_pressure, relative_tolerance) result(status) &
      bind(C, name='paramnet_check_pressure')
      import :: c_array, c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      type(c_array), intent(in) :: surface_pressure, level_pressure
      real(c_double), value :: relative_tolerance
      integer(c_int32_t) :: status
    end function c_check_pressure

    function c_check_constant(scheme, name, value, relative_tolerance) result(status) &
      bind(C, name='paramnet_check_constant')
      import :: c_char, c_double, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*)
      real(c_double), value :: value, relative_tolerance
      integer(c_int32_t) :: status
    end function c_check_constant

    function c_counters(scheme, counts) result(status) bind(C, name='paramnet_counters')
      import :: c_counts, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      type(c_counts), intent(out) :: counts
      integer(c_int32_t) :: status
    end function c_counters

    function c_output_limits(scheme, name, size, minimum, maximum) result(status) &
      bind(C, name='paramnet_output_limits')
      import :: c_char, c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: size
      real(c_double), intent(inout) :: minimum(*), maximum(*)
      integer(c_int32_t) :: status
    end function c_output_limits

    function c_level_count(scheme, levels) result(status) bind(C, name='paramnet_level_count')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), intent(out) :: levels
      integer(c_int32_t) :: status
    end function c_level_count

    function c_vertical_grid(scheme, where, size, a, b) result(status) bind(C, name='paramnet_vertical_grid')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t), value :: where
      integer(c_int64_t), value :: size
      real(c_double), intent(inout) :: a(*), b(*)
      integer(c_int32_t) :: status
    end function c_vertical_grid

    function c_describe(scheme, line) result(status) bind(C, name='paramnet_describe')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      type(c_ptr), intent(out) :: line
      integer(c_int32_t) :: status
    end function c_describe
  end interface
end module paramnet_c

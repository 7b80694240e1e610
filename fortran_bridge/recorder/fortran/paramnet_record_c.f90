!> Fortran interfaces to the functions of include/paramnet_record.h.  Hosts use module paramnet_record instead.
module paramnet_record_c
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int32_t, c_int64_t, c_null_ptr, c_ptr
  use paramnet_c_types, only: c_array
  implicit none
  public

  integer(c_int32_t), parameter :: PARAMNET_RECORD_INPUT = 0, PARAMNET_RECORD_OUTPUT = 1, PARAMNET_RECORD_STATE = 2

  type, bind(C) :: c_record_options
    integer(c_int64_t) :: struct_size = 0
    type(c_ptr) :: scheme = c_null_ptr, model = c_null_ptr, time_units = c_null_ptr, calendar = c_null_ptr
    real(c_double) :: time_step = 0, tendency_interval = 0
    integer(c_int64_t) :: every_step = 1, every_column = 1, steps_per_file = 0
    integer(c_int32_t) :: rank = 0, ranks = 1, append = 0, reserved = 0
  end type c_record_options

  type, bind(C) :: c_record_counts
    integer(c_int64_t) :: written = 0, skipped = 0, lost = 0, files = 0
  end type c_record_counts

  interface
    function c_record_last_error() result(text) bind(C, name='paramnet_record_last_error')
      import :: c_ptr
      type(c_ptr) :: text
    end function c_record_last_error

    function c_record_options_init(options) result(status) bind(C, name='paramnet_record_options_init')
      import :: c_int32_t, c_record_options
      type(c_record_options), intent(out) :: options
      integer(c_int32_t) :: status
    end function c_record_options_init

    function c_record_open(folder, options, recorder) result(status) bind(C, name='paramnet_record_open')
      import :: c_char, c_int32_t, c_ptr, c_record_options
      character(kind=c_char), intent(in) :: folder(*)
      type(c_record_options), intent(in) :: options
      type(c_ptr), intent(out) :: recorder
      integer(c_int32_t) :: status
    end function c_record_open

    function c_record_columns(recorder, columns, latitude, longitude, area) result(status) &
      bind(C, name='paramnet_record_columns')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: recorder
      integer(c_int64_t), value :: columns
      real(c_double), intent(in) :: latitude(*), longitude(*)
      real(c_double), intent(in), optional :: area(*)
      integer(c_int32_t) :: status
    end function c_record_columns

    function c_record_levels(recorder, levels, a_interface, b_interface, a_mid, b_mid, order) result(status) &
      bind(C, name='paramnet_record_levels')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: recorder
      integer(c_int64_t), value :: levels
      real(c_double), intent(in) :: a_interface(*), b_interface(*)
      real(c_double), intent(in), optional :: a_mid(*), b_mid(*)
      integer(c_int32_t), value :: order
      integer(c_int32_t) :: status
    end function c_record_levels

    function c_record_heights(recorder, levels, height, order) result(status) bind(C, name='paramnet_record_heights')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: recorder
      integer(c_int64_t), value :: levels
      real(c_double), intent(in) :: height(*)
      integer(c_int32_t), value :: order
      integer(c_int32_t) :: status
    end function c_record_heights

    function c_record_constant(recorder, name, value) result(status) bind(C, name='paramnet_record_constant')
      import :: c_char, c_double, c_int32_t, c_ptr
      type(c_ptr), value :: recorder
      character(kind=c_char), intent(in) :: name(*)
      real(c_double), value :: value
      integer(c_int32_t) :: status
    end function c_record_constant

    function c_record_bind(recorder, role, name, units, standard_name, array) result(status) &
      bind(C, name='paramnet_record_bind')
      import :: c_array, c_char, c_int32_t, c_ptr
      type(c_ptr), value :: recorder
      integer(c_int32_t), value :: role
      character(kind=c_char), intent(in) :: name(*), units(*), standard_name(*)
      type(c_array), intent(in) :: array
      integer(c_int32_t) :: status
    end function c_record_bind

    function c_record_before(recorder, time) result(status) bind(C, name='paramnet_record_before')
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: recorder
      real(c_double), value :: time
      integer(c_int32_t) :: status
    end function c_record_before

    function c_record_after(recorder) result(status) bind(C, name='paramnet_record_after')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: recorder
      integer(c_int32_t) :: status
    end function c_record_after

    function c_record_counters(recorder, counts) result(status) bind(C, name='paramnet_record_counters')
      import :: c_int32_t, c_ptr, c_record_counts
      type(c_ptr), value :: recorder
      type(c_record_counts), intent(out) :: counts
      integer(c_int32_t) :: status
    end function c_record_counters

    function c_record_close(recorder, counts) result(status) bind(C, name='paramnet_record_close')
      import :: c_int32_t, c_ptr, c_record_counts
      type(c_ptr), value :: recorder
      type(c_record_counts), intent(out) :: counts
      integer(c_int32_t) :: status
    end function c_record_close
  end interface
end module paramnet_record_c

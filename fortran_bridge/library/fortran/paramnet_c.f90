!> Fortran interfaces to the functions of include/paramnet.h.  Hosts use module paramnet instead.
module paramnet_c
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int32_t, c_int64_t, c_ptr, c_size_t
  use paramnet_c_types
  implicit none
  public

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

    function c_share(scheme, other) result(status) bind(C, name='paramnet_share')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      type(c_ptr), intent(inout) :: other
      integer(c_int32_t) :: status
    end function c_share

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

    function c_run_range(scheme, first, ncol, flags) result(status) bind(C, name='paramnet_run_range')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: first, ncol
      type(c_ptr), value :: flags
      integer(c_int32_t) :: status
    end function c_run_range

    function c_enqueue(scheme, first, ncol, flags) result(status) bind(C, name='paramnet_enqueue')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: first, ncol
      type(c_ptr), value :: flags
      integer(c_int32_t) :: status
    end function c_enqueue

    function c_flush(scheme) result(status) bind(C, name='paramnet_flush')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t) :: status
    end function c_flush

    function c_predict(scheme, ncol, inputs, outputs, flags) result(status) bind(C, name='paramnet_predict')
      import :: c_array, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      type(c_array), intent(in) :: inputs, outputs
      type(c_ptr), value :: flags
      integer(c_int32_t) :: status
    end function c_predict

    function c_add_fixer(scheme, kind, roles) result(status) bind(C, name='paramnet_add_fixer')
      import :: c_char, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: kind(*), roles(*)
      integer(c_int32_t) :: status
    end function c_add_fixer

    function c_set_ramp(scheme, fraction) result(status) bind(C, name='paramnet_set_ramp')
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      real(c_double), value :: fraction
      integer(c_int32_t) :: status
    end function c_set_ramp

    function c_set_comparison(scheme, on) result(status) bind(C, name='paramnet_set_comparison')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t), value :: on
      integer(c_int32_t) :: status
    end function c_set_comparison

    function c_comparison(scheme, name, size, bias, rms, largest, columns) result(status) &
      bind(C, name='paramnet_comparison')
      import :: c_char, c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: size
      real(c_double), intent(inout) :: bias(*), rms(*), largest(*)
      integer(c_int64_t), intent(out) :: columns
      integer(c_int32_t) :: status
    end function c_comparison

    function c_declare_grid(scheme, levels, a, b, order, relative_tolerance) result(status) &
      bind(C, name='paramnet_declare_grid')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: levels
      real(c_double), intent(in) :: a(*), b(*)
      integer(c_int32_t), value :: order
      real(c_double), value :: relative_tolerance
      integer(c_int32_t) :: status
    end function c_declare_grid

    function c_declare_heights(scheme, levels, height, order, relative_tolerance) result(status) &
      bind(C, name='paramnet_declare_heights')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: levels
      real(c_double), intent(in) :: height(*)
      integer(c_int32_t), value :: order
      real(c_double), value :: relative_tolerance
      integer(c_int32_t) :: status
    end function c_declare_heights

    function c_report_failure(code, message) result(status) bind(C, name='paramnet_report_failure')
      import :: c_char, c_int32_t
      integer(c_int32_t), value :: code
      character(kind=c_char), intent(in) :: message(*)
      integer(c_int32_t) :: status
    end function c_report_failure

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
  end interface
end module paramnet_c

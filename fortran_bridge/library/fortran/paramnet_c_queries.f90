!> Fortran interfaces to the query functions of include/paramnet.h.  Hosts use module paramnet instead.
module paramnet_c_queries
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int32_t, c_int64_t, c_ptr
  use paramnet_c_types
  implicit none
  public

  interface
    function c_counters(scheme, counts) result(status) bind(C, name='paramnet_counters')
      import :: c_counts, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      type(c_counts), intent(out) :: counts
      integer(c_int32_t) :: status
    end function c_counters

    function c_corrected(scheme, fixer, columns) result(status) bind(C, name='paramnet_corrected')
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: fixer(*)
      integer(c_int64_t), intent(inout) :: columns
      integer(c_int32_t) :: status
    end function c_corrected

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
end module paramnet_c_queries

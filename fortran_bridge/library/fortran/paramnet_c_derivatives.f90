!> Fortran interfaces to the functions of include/paramnet.h for tangent and adjoint.  Hosts use module paramnet instead.
module paramnet_c_derivatives
  use, intrinsic :: iso_c_binding, only: c_char, c_int32_t, c_int64_t, c_ptr
  use paramnet_c_types, only: c_array
  implicit none
  public

  interface
    function c_bind_input_perturbation(scheme, name, units, array) result(status) &
      bind(C, name='paramnet_bind_input_perturbation')
      import :: c_array, c_char, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*), units(*)
      type(c_array), intent(in) :: array
      integer(c_int32_t) :: status
    end function c_bind_input_perturbation

    function c_bind_output_perturbation(scheme, name, units, array) result(status) &
      bind(C, name='paramnet_bind_output_perturbation')
      import :: c_array, c_char, c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      character(kind=c_char), intent(in) :: name(*), units(*)
      type(c_array), intent(in) :: array
      integer(c_int32_t) :: status
    end function c_bind_output_perturbation

    function c_linearize(scheme, ncol, kind) result(status) bind(C, name='paramnet_linearize')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      integer(c_int32_t), value :: kind
      integer(c_int32_t) :: status
    end function c_linearize

    function c_tangent(scheme, ncol) result(status) bind(C, name='paramnet_tangent')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      integer(c_int32_t) :: status
    end function c_tangent

    function c_adjoint(scheme, ncol) result(status) bind(C, name='paramnet_adjoint')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      integer(c_int32_t) :: status
    end function c_adjoint

    function c_difference(scheme, ncol) result(status) bind(C, name='paramnet_difference')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      integer(c_int32_t) :: status
    end function c_difference
  end interface
end module paramnet_c_derivatives

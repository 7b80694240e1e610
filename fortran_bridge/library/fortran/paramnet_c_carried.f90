!> Fortran interfaces to the functions of include/paramnet.h for state and random numbers.  Hosts use module paramnet instead.
module paramnet_c_carried
  use, intrinsic :: iso_c_binding, only: c_int32_t, c_int64_t, c_ptr
  implicit none
  public

  interface
    function c_bind_columns(scheme, ncol, numbers) result(status) bind(C, name='paramnet_bind_columns')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: ncol
      integer(c_int64_t), intent(in) :: numbers(*)
      integer(c_int32_t) :: status
    end function c_bind_columns

    function c_set_step(scheme, step) result(status) bind(C, name='paramnet_set_step')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: step
      integer(c_int32_t) :: status
    end function c_set_step

    function c_set_noise(scheme, seed, member) result(status) bind(C, name='paramnet_set_noise')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: seed, member
      integer(c_int32_t) :: status
    end function c_set_noise

    function c_set_stochastic(scheme, on) result(status) bind(C, name='paramnet_set_stochastic')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t), value :: on
      integer(c_int32_t) :: status
    end function c_set_stochastic

    function c_state_size(scheme, size) result(status) bind(C, name='paramnet_state_size')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), intent(out) :: size
      integer(c_int32_t) :: status
    end function c_state_size

    function c_random_numbers(scheme, count) result(status) bind(C, name='paramnet_random_numbers')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), intent(out) :: count
      integer(c_int32_t) :: status
    end function c_random_numbers

    function c_start_state(scheme) result(status) bind(C, name='paramnet_start_state')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int32_t) :: status
    end function c_start_state

    function c_set_state(scheme, size, state) result(status) bind(C, name='paramnet_set_state')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: size
      type(c_ptr), value :: state
      integer(c_int32_t) :: status
    end function c_set_state

    function c_get_state(scheme, size, state) result(status) bind(C, name='paramnet_get_state')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: scheme
      integer(c_int64_t), value :: size
      type(c_ptr), value :: state
      integer(c_int32_t) :: status
    end function c_get_state
  end interface
end module paramnet_c_carried

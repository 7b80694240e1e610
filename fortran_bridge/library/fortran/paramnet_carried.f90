!> State that a scheme keeps from step to step, and its random numbers.
submodule (paramnet) paramnet_carried
  use, intrinsic :: iso_c_binding, only: c_loc
  use paramnet_c
  use paramnet_c_carried
  implicit none

contains

  module procedure bind_columns_int32
    integer(int32) :: code

    code = bound(self, int(numbers, int64), present(status))
    include 'paramnet_return_status.inc'
  end procedure bind_columns_int32

  module procedure bind_columns_int64
    integer(int32) :: code

    code = bound(self, numbers, present(status))
    include 'paramnet_return_status.inc'
  end procedure bind_columns_int64

  module procedure set_step_int32
    call self%set_step(int(step, int64), status)
    if (present(message)) message = self%failure%message
  end procedure set_step_int32

  module procedure set_step_int64
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_set_step(self%handle, step), present(status))
    include 'paramnet_return_status.inc'
  end procedure set_step_int64

  module procedure set_noise
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_set_noise(self%handle, int(seed, int64), int(member, int64)), &
      present(status))
    include 'paramnet_return_status.inc'
  end procedure set_noise

  module procedure stochastic
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_set_stochastic(self%handle, merge(1_int32, 0_int32, on)), present(status))
    include 'paramnet_return_status.inc'
  end procedure stochastic

  module procedure state_size
    integer(int64) :: found

    state_size = 0
    if (c_state_size(self%handle, found) == PARAMNET_OK) state_size = int(found, int32)
  end procedure state_size

  module procedure random_numbers
    integer(int64) :: found

    random_numbers = 0
    if (c_random_numbers(self%handle, found) == PARAMNET_OK) random_numbers = int(found, int32)
  end procedure random_numbers

  module procedure start_state
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_start_state(self%handle), present(status))
    include 'paramnet_return_status.inc'
  end procedure start_state

  module procedure set_state
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_set_state(self%handle, size(state, kind=int64), c_loc(state)), present(status))
    include 'paramnet_return_status.inc'
  end procedure set_state

  module procedure get_state
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_get_state(self%handle, size(state, kind=int64), c_loc(state)), present(status))
    include 'paramnet_return_status.inc'
  end procedure get_state

  function bound(self, numbers, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    integer(int64), intent(in) :: numbers(:)
    logical, intent(in) :: taken
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_bind_columns(self%handle, size(numbers, kind=int64), numbers), taken)
  end function bound
end submodule paramnet_carried

!> What happens to the network's outputs: fixers, the ramp from the host's scheme, the comparison with it.
submodule (paramnet) paramnet_treatment
  use paramnet_c
  use paramnet_text, only: characters
  implicit none

contains

  module procedure add_fixer
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_add_fixer(self%handle, characters(kind), characters(roles)), present(status))
    include 'paramnet_return_status.inc'
  end procedure add_fixer

  module procedure ramp_to
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_set_ramp(self%handle, fraction), present(status))
    include 'paramnet_return_status.inc'
  end procedure ramp_to

  module procedure ramp_over
    real(real64) :: passed

    passed = real(step, real64) - real(start, real64)
    call self%ramp_to(min(1.0_real64, max(0.0_real64, passed / real(max(1_int32, steps), real64))), status)
    if (present(message)) message = self%failure%message
  end procedure ramp_over

  module procedure compare
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_set_comparison(self%handle, merge(1_int32, 0_int32, on)), present(status))
    include 'paramnet_return_status.inc'
  end procedure compare

  module procedure comparison
    integer(int64) :: seen
    integer(int32) :: code

    seen = 0
    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_comparison(self%handle, characters(name), &
      size(bias, kind=int64), bias, rms, largest, seen), present(status))
    if (present(columns)) columns = seen
    include 'paramnet_return_status.inc'
  end procedure comparison
end submodule paramnet_treatment

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Replaces paramnet_plasim_scheme in a host built without libparamnet: modes learned and shadow report an error.
module paramnet_plasim_scheme
  use, intrinsic :: iso_fortran_env, only: real32, real64
  use pumamod, only: NHOR
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: scheme_load, scheme_check_host, scheme_gives, bind_input, bind_output, scheme_limits, scheme_ramp, scheme_run, &
             scheme_free, scheme_error, scheme_at_fault, scheme_noise, scheme_state_size, scheme_start_state, scheme_set_state, &
             scheme_get_state, scheme_measures_distance, scheme_far

  interface bind_input
    module procedure bind_profile, bind_surface
  end interface bind_input
  interface bind_output
    module procedure bind_profile, bind_surface
  end interface bind_output

contains

  subroutine scheme_load(options, precision)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(in) :: precision
  end subroutine scheme_load

  subroutine scheme_check_host()
  end subroutine scheme_check_host

  logical function scheme_gives(name)
    character(len=*), intent(in) :: name
    scheme_gives = .false.
  end function scheme_gives

  subroutine bind_profile(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:, :)
  end subroutine bind_profile

  subroutine bind_surface(name, units, array)
    character(len=*), intent(in) :: name, units
    real(real64), intent(inout), target :: array(:)
  end subroutine bind_surface

  subroutine scheme_limits(name, lower, upper)
    character(len=*), intent(in) :: name
    real(real64), intent(inout) :: lower(:), upper(:)
  end subroutine scheme_limits

  subroutine scheme_ramp(step, steps)
    integer, intent(in) :: step, steps
  end subroutine scheme_ramp

  subroutine scheme_run(input_marked, output_marked, outside)
    logical, intent(out) :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    input_marked = .true.
    output_marked = .true.
    outside = .true.
  end subroutine scheme_run

  logical function scheme_measures_distance()
    scheme_measures_distance = .false.
  end function scheme_measures_distance

  function scheme_far()
    logical :: scheme_far(NHOR)
    scheme_far = .false.
  end function scheme_far

  subroutine scheme_noise(options)
    type(plasim_options), intent(in) :: options
  end subroutine scheme_noise

  integer function scheme_state_size()
    scheme_state_size = 0
  end function scheme_state_size

  subroutine scheme_start_state()
  end subroutine scheme_start_state

  subroutine scheme_set_state(state)
    real(real32), intent(in) :: state(:, :)
  end subroutine scheme_set_state

  subroutine scheme_get_state(state)
    real(real32), intent(inout) :: state(:, :)
  end subroutine scheme_get_state

  subroutine scheme_free()
  end subroutine scheme_free

  function scheme_error() result(error)
    character(len=1024) :: error
    error = "this host was built without libparamnet; build the bridge first (make bridge), then the host again"
  end function scheme_error

  logical function scheme_at_fault()
    scheme_at_fault = .true.
  end function scheme_at_fault

end module paramnet_plasim_scheme

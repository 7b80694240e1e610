! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Stands in for paramnet_plasim_learned in a host built without libparamnet: the modes learned and shadow say so.
module paramnet_plasim_learned
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: learned_start, passthrough_start, learned_run, learned_limits, learned_stop

  character(len=*), parameter :: reason = &
    "this host was built without libparamnet; build the bridge first (make bridge), then the host again"

contains

  subroutine learned_start(options, inputs, outputs, error)
    type(plasim_options), intent(in) :: options
    type(column_inputs), intent(inout), target :: inputs
    type(column_outputs), intent(inout), target :: outputs
    character(len=*), intent(out) :: error
    error = "mode '"//trim(options%mode)//"': "//reason
  end subroutine learned_start

  subroutine passthrough_start(options, taken, given, error)
    type(plasim_options), intent(in) :: options
    type(column_outputs), intent(inout), target :: taken, given
    character(len=*), intent(out) :: error
    error = "mode '"//trim(options%mode)//"': "//reason
  end subroutine passthrough_start

  subroutine learned_limits(margin, lower, upper, error)
    real(real64), intent(in) :: margin
    real(real64), intent(out) :: lower(NLEV, 3), upper(NLEV, 3)
    character(len=*), intent(out) :: error
    lower = -margin
    upper = margin
    error = reason
  end subroutine learned_limits

  subroutine learned_run(input_marked, output_marked, outside, error)
    logical, intent(out) :: input_marked(NHOR), output_marked(NHOR), outside(NHOR)
    character(len=*), intent(out) :: error
    input_marked = .true.
    output_marked = .true.
    outside = .true.
    error = reason
  end subroutine learned_run

  subroutine learned_stop()
  end subroutine learned_stop

end module paramnet_plasim_learned

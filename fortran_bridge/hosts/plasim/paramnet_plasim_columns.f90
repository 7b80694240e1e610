! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The columns as the scheme sees them: copies of the host's arrays, to prevent accidental changes.
!> All profiles are (column, level), level 1 at the top.
module paramnet_plasim_columns
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV, NLEP, dt, dq, dp, dqt, dtdt, dqdt, sigma, dsigma
  use rainmod, only: dprcl, dprscl, icclev, icctot
  use paramnet_plasim_limits, only: cloud_levels
  implicit none
  private
  public :: column_inputs, column_outputs, take_inputs, increments_since, apply_outputs, take_result, put_result, &
             copy_columns, no_convection

  type :: column_inputs
    real(real64), allocatable :: temperature(:, :)       !< K
    real(real64), allocatable :: humidity(:, :)          !< kg kg-1
    real(real64), allocatable :: heating_so_far(:, :)    !< K s-1
    real(real64), allocatable :: moistening_so_far(:, :) !< kg kg-1 s-1
    real(real64), allocatable :: advection(:, :)         !< kg kg-1 s-1
    real(real64), allocatable :: surface_pressure(:)     !< Pa
    real(real64), allocatable :: surface_temperature(:)  !< K
    real(real64), allocatable :: surface_humidity(:)     !< kg kg-1
  end type column_inputs

  type :: column_outputs
    real(real64), allocatable :: heating(:, :)    !< K s-1, positive warms
    real(real64), allocatable :: moistening(:, :) !< kg kg-1 s-1, positive moistens
    real(real64), allocatable :: rain(:, :)       !< kg kg-1 s-1, positive: vapour turned to rain
  end type column_outputs

contains

  !> Copy the state before convection. The first call allocates; later calls copy in place.
  subroutine take_inputs(inputs)
    type(column_inputs), intent(inout) :: inputs
    inputs%temperature = dt(:, 1:NLEV)
    inputs%humidity = dq(:, 1:NLEV)
    inputs%heating_so_far = dtdt(:, 1:NLEV)
    inputs%moistening_so_far = dqdt(:, 1:NLEV)
    inputs%advection = dqt(:, 1:NLEV)
    inputs%surface_pressure = dp
    inputs%surface_temperature = dt(:, NLEP)
    inputs%surface_humidity = dq(:, NLEP)
  end subroutine take_inputs

  !> Changes made by the scheme that has just run on the host's arrays.
  subroutine increments_since(inputs, outputs)
    type(column_inputs), intent(in) :: inputs
    type(column_outputs), intent(inout) :: outputs
    outputs%heating = dtdt(:, 1:NLEV) - inputs%heating_so_far
    outputs%moistening = dqdt(:, 1:NLEV) - inputs%moistening_so_far
    outputs%rain = dprcl/spread(dsigma, 1, NHOR)
  end subroutine increments_since

  !> Pass a scheme's result to the host: tendencies, rain by level, and the convective cloud levels derived from the rain.
  subroutine apply_outputs(inputs, outputs, cloud_threshold)
    type(column_inputs), intent(in) :: inputs
    type(column_outputs), intent(in) :: outputs
    real(real64), intent(in) :: cloud_threshold
    dtdt(:, 1:NLEV) = inputs%heating_so_far + outputs%heating
    dqdt(:, 1:NLEV) = inputs%moistening_so_far + outputs%moistening
    dprcl = outputs%rain*spread(dsigma, 1, NHOR)
    dprscl = 0.0_real64
    call cloud_levels(outputs%rain, real(sigma, real64), cloud_threshold, icclev, icctot)
  end subroutine apply_outputs

  !> Copy what the scheme that has just run left in the host's arrays, unconverted (totals, rain still per layer).
  subroutine take_result(result)
    type(column_outputs), intent(inout) :: result
    result%heating = dtdt(:, 1:NLEV)
    result%moistening = dqdt(:, 1:NLEV)
    result%rain = dprcl
  end subroutine take_result

  subroutine put_result(result)
    type(column_outputs), intent(in) :: result
    dtdt(:, 1:NLEV) = result%heating
    dqdt(:, 1:NLEV) = result%moistening
    dprcl = result%rain
  end subroutine put_result

  !> Take the marked columns from another result.
  subroutine copy_columns(marked, source, outputs)
    logical, intent(in) :: marked(:)
    type(column_outputs), intent(in) :: source
    type(column_outputs), intent(inout) :: outputs
    logical :: mask(size(marked), NLEV)
    mask = spread(marked, 2, NLEV)
    where (mask)
      outputs%heating = source%heating
      outputs%moistening = source%moistening
      outputs%rain = source%rain
    end where
  end subroutine copy_columns

  !> The teacher's result where no column convects.
  subroutine no_convection()
    dprcl = 0.0_real64
    dprscl = 0.0_real64
    icclev = 0
    icctot = 0
  end subroutine no_convection

end module paramnet_plasim_columns

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Checks the host's state at the first call, before any scheme runs: a bad state must not be blamed on a scheme.
module paramnet_plasim_state
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NLEV, dt, dq, dp, du, dv
  use paramnet_message, only: sentence
  implicit none
  private
  public :: state_check

contains

  !> error names the quantity that is not finite or far outside any atmosphere's range, and the number of this rank's columns.
  subroutine state_check(error)
    character(len=*), intent(inout) :: error
    call look("surface pressure", "Pa", reshape(real(dp, real64), [size(dp), 1]), 1.0e4_real64, 2.0e5_real64, error)
    call look("temperature", "K", real(dt(:, 1:NLEV), real64), 50.0_real64, 500.0_real64, error)
    call look("specific humidity", "kg kg-1", real(dq(:, 1:NLEV), real64), -1.0_real64, 1.0_real64, error)
    call look("eastward wind", "m s-1", real(du(:, 1:NLEV), real64), -1.0e3_real64, 1.0e3_real64, error)
    call look("northward wind", "m s-1", real(dv(:, 1:NLEV), real64), -1.0e3_real64, 1.0e3_real64, error)
  end subroutine state_check

  subroutine look(name, units, values, least, most, error)
    character(len=*), intent(in) :: name, units
    real(real64), intent(in) :: values(:, :), least, most !< (column, level)
    character(len=*), intent(inout) :: error
    logical :: finite(size(values, 1), size(values, 2))
    integer :: place(2)
    character(len=80) :: expected, got
    if (error /= "") return
    finite = ieee_is_finite(values)
    if (.not. all(finite)) then
      expected = "finite values"
      write (got, "(2(a,i0),a)") "some that are not in ", count(.not. all(finite, 2)), " of ", size(values, 1), " columns"
    else if (minval(values) < least .or. maxval(values) > most) then
      place = merge(maxloc(values), minloc(values), maxval(values) > most)
      write (expected, "(2(a,es9.2))") "between ", least, " and ", most
      write (got, "(es9.2,3a,i0)") values(place(1), place(2)), " ", units, " at level ", place(2)
    else
      return
    end if
    error = sentence("the host's state: "//name, expected=trim(expected), got=trim(got), &
                     remedy="look at the restart file and the host's namelists")
  end subroutine look

end module paramnet_plasim_state

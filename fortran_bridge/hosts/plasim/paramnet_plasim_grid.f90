! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The host's grid and dates as in the adapter's files: gathered to the root rank, north first.
module paramnet_plasim_grid
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NUGP, NLON, NLAT, NLPP, NLEV, NROOT, mypid, deglat, sigma, sigmah, dsigma, nstep, mtspd, &
                     n_days_per_year
  implicit none
  private
  public :: grid_init, gather, is_root, latitude, longitude, sigma_interface, time_in_days, calendar_name, &
            steps_since_epoch, tell_dropped

  real(real64), allocatable, protected :: latitude(:)        !< degrees_north, north first
  real(real64), allocatable, protected :: longitude(:)       !< degrees_east
  real(real64), allocatable, protected :: sigma_interface(:) !< (NLEV+1), 0 at the top
  integer, allocatable :: row(:)                             !< host row of each latitude, north first

contains

  logical function is_root()
    is_root = mypid == NROOT
  end function is_root

  subroutine grid_init()
    real(real64) :: column_latitude(NHOR), gathered(NUGP), host_latitude(NLAT)
    integer :: i
    do i = 1, NLPP
      column_latitude((i - 1)*NLON + 1:i*NLON) = deglat(i)
    end do
    call mpgagp(gathered, column_latitude, 1)
    host_latitude = gathered(1:NUGP:NLON)
    row = descending(host_latitude)
    latitude = host_latitude(row)
    longitude = [(360.0_real64*i/NLON, i=0, NLON - 1)]
    sigma_interface = [0.0_real64, real(sigmah, real64)]
  end subroutine grid_init

  !> Fields of all ranks on the root, (NLON, NLAT north first, levels); other ranks get zeros.
  subroutine gather(field, levels, full)
    integer, intent(in) :: levels
    real(real64), intent(in) :: field(NHOR, levels)
    real(real64), intent(out) :: full(NLON, NLAT, levels)
    real(real64) :: host(NLON, NLAT, levels)
    host = 0.0_real64
    call mpgagp(host, field, levels)
    full = host(:, row, :)
  end subroutine gather

  !> Steps since 0001-01-01; the host's real calendar counts from year 0, which has 366 days.
  integer function steps_since_epoch()
    if (n_days_per_year == 365) then
      steps_since_epoch = nstep - 366*mtspd
    else
      steps_since_epoch = nstep - n_days_per_year*mtspd
    end if
  end function steps_since_epoch

  real(real64) function time_in_days()
    time_in_days = real(steps_since_epoch(), real64)/mtspd
  end function time_in_days

  function calendar_name() result(name)
    character(len=:), allocatable :: name
    if (n_days_per_year == 365) then
      name = "proleptic_gregorian"
    else
      name = "360_day"
    end if
  end function calendar_name

  !> Log the steps at the end of the run that did not fill an interval and so are in no mean.
  subroutine tell_dropped(what, steps)
    use, intrinsic :: iso_fortran_env, only: error_unit
    character(len=*), intent(in) :: what
    integer, intent(in) :: steps
    if (steps == 0 .or. .not. is_root()) return
    write (error_unit, "(3a,i0,a)") "paramnet: ", what, ": the last ", steps, " steps fill no interval and are in no mean"
  end subroutine tell_dropped

  pure function descending(values) result(order)
    real(real64), intent(in) :: values(:)
    integer :: order(size(values))
    logical :: taken(size(values))
    integer :: i
    taken = .false.
    do i = 1, size(values)
      order(i) = maxloc(values, 1, .not. taken)
      taken(order(i)) = .true.
    end do
  end function descending

end module paramnet_plasim_grid

!> Convection of MPAS-Atmosphere by paramnet: recorded, compared or replaced, as paramnet_namelist says.  Copied to
!> src/core_atmosphere/physics and called in mpas_atmphys_driver_convection.F: see docs/hosts/mpas.md.  The cells of a thread are a
!> block.
module mpas_atmphys_paramnet
  use, intrinsic :: iso_fortran_env, only: real64
  use mpas_atmphys_constants, only: cp, gravity, xlv
  use mpas_atmphys_vars, only: dt_cu, jts, kte, kts, pi_p, pratec_p, pres2_hyd_p, pres_hyd_p, qv_p, raincv_p, rqvcuten_p, &
    rthcuten_p, t_p
  use mpas_derived_types, only: MPAS_LOG_CRIT
  use mpas_kind_types, only: RKIND
  use mpas_log, only: mpas_log_write
  use paramnet_host, only: host_finish, host_place, host_replaces, host_start
  use paramnet_host_mpi, only: host_numbers
  use paramnet_host_theta, only: host_convection_theta, HOST_WRF_CONVENTIONS
  use paramnet_host_time, only: host_time, HOST_CALENDAR, HOST_TIME_UNITS
  implicit none
  private
  public :: paramnet_start, paramnet_convection, paramnet_finish, host_replaces

contains

  !> In init_convection, by one thread.  starts, ends: cells of each thread (cellSolveThreadStart, cellSolveThreadEnd);
  !> latitude, longitude (radians), area: latCell, lonCell, areaCell; communicator: dminfo%comm.
  subroutine paramnet_start(communicator, starts, ends, latitude, longitude, area)
    integer, intent(in) :: communicator, starts(:), ends(:)
    real(RKIND), intent(in) :: latitude(:), longitude(:), area(:)
    real(real64), parameter :: degrees = 180 / acos(-1.0_real64)
    character(len=:), allocatable :: message
    integer :: first, total, block

    call host_start(size(starts), real(dt_cu, real64), real(gravity, real64), real(cp, real64), real(xlv, real64), &
      HOST_WRF_CONVENTIONS, 'MPAS-Atmosphere', HOST_TIME_UNITS, HOST_CALENDAR, message)
    call stop_if(message)
    call host_numbers(communicator, size(starts), first, total)
    do block = 1, size(starts)
      call host_place(block, first + block - 1, total, degrees * latitude(starts(block):ends(block)), &
        degrees * longitude(starts(block):ends(block)), real(area(starts(block):ends(block)), real64), message)
      call stop_if(message)
    end do
  end subroutine paramnet_start

  !> In driver_convection, before convection_to_MPAS.  thread: from 1; year, curr_julday: of mpas_atmphys_manager.
  subroutine paramnet_convection(thread, its, ite, year, curr_julday)
    integer, intent(in) :: thread, its, ite, year
    real(RKIND), intent(in) :: curr_julday
    character(len=19) :: new_year
    character(len=:), allocatable :: message

    write (new_year, '(i4.4, a)') year, '-01-01T00:00:00'
    associate (j => jts)
      call host_convection_theta(thread, host_time(new_year) + curr_julday, pres2_hyd_p(its:ite, kts, j), &
        pres_hyd_p(its:ite, kts:kte, j), pi_p(its:ite, kts:kte, j), t_p(its:ite, kts:kte, j), qv_p(its:ite, kts:kte, j), &
        rthcuten_p(its:ite, kts:kte, j), rqvcuten_p(its:ite, kts:kte, j), pratec_p(its:ite, j), message)
      call stop_if(message)
      if (host_replaces()) raincv_p(its:ite, j) = pratec_p(its:ite, j) * dt_cu
    end associate
  end subroutine paramnet_convection

  !> In physics_finalize.
  subroutine paramnet_finish(unit)
    integer, intent(in) :: unit
    character(len=:), allocatable :: message

    call host_finish(unit, message)
    call stop_if(message)
  end subroutine paramnet_finish

  subroutine stop_if(message)
    character(len=*), intent(in) :: message

    if (message /= '') call mpas_log_write(message, messageType=MPAS_LOG_CRIT)
  end subroutine stop_if
end module mpas_atmphys_paramnet

!> Cumulus convection of WRF by paramnet: recorded, compared or replaced, as paramnet_namelist says.  Copied to
!> phys/module_paramnet.F and called in dyn_em/module_first_rk_step_part1.F: see docs/hosts/wrf.md.  One domain; a row of a
!> process's patch is a block.
module module_paramnet
  use, intrinsic :: iso_fortran_env, only: real64
  use module_model_constants, only: cp, g, xlv
  use paramnet_host, only: host_finish, host_place, host_replaces, host_start
  use paramnet_host_mpi, only: host_numbers
  use paramnet_host_theta, only: host_convection_theta, HOST_WRF_CONVENTIONS
  use paramnet_host_time, only: host_time, HOST_CALENDAR, HOST_TIME_UNITS
  implicit none
  private
  public :: paramnet_start, paramnet_convection, paramnet_finish, host_replaces

  logical, save :: is_started = .false.

contains

  !> Before the first call, from one thread; later calls do nothing.  dt: s between two calls of the cumulus scheme.  c3f, c4f,
  !> p_top, xlat, xlong, msftx, msfty, dx, dy: of the grid.  communicator: local_communicator of module_dm.
  subroutine paramnet_start(dt, communicator, c3f, c4f, p_top, xlat, xlong, msftx, msfty, dx, dy, ims, jms, kms, its, ite, jts, &
                            jte, kts, kte)
    integer, intent(in) :: communicator, ims, jms, kms, its, ite, jts, jte, kts, kte
    real, intent(in) :: dt, p_top, dx, dy, c3f(kms:), c4f(kms:)
    real, intent(in), dimension(ims:, jms:) :: xlat, xlong, msftx, msfty
    character(len=:), allocatable :: message
    integer :: first, total, j

    if (is_started) return
    is_started = .true.
    ! Pressure of dry air at the interfaces: c3f * (surface - p_top) + c4f + p_top.
    call host_start(jte - jts + 1, real(dt, real64), real(g, real64), real(cp, real64), real(xlv, real64), HOST_WRF_CONVENTIONS, &
      'WRF', HOST_TIME_UNITS, HOST_CALENDAR, message, real(c4f(kts:kte + 1) + p_top * (1 - c3f(kts:kte + 1)), real64), &
      real(c3f(kts:kte + 1), real64))
    if (message /= '') call wrf_error_fatal(message)
    call host_numbers(communicator, jte - jts + 1, first, total)
    do j = jts, jte
      call host_place(j - jts + 1, first + j - jts, total, real(xlat(its:ite, j), real64), real(xlong(its:ite, j), real64), &
        real(dx * dy / (msftx(its:ite, j) * msfty(its:ite, j)), real64), message)
      if (message /= '') call wrf_error_fatal(message)
    end do
  end subroutine paramnet_start

  !> After cumulus_driver, in steps in which it computed.  timestr: of the domain's clock; p_hyd, p_hyd_w (Pa), pi, t, qv: as
  !> cumulus_driver gets them; rthcuten (K s-1), rqvcuten, pratec (mm s-1), raincv (mm): as it gives them.
  subroutine paramnet_convection(timestr, dt, p_hyd_w, p_hyd, pi, t, qv, rthcuten, rqvcuten, pratec, raincv, ims, jms, kms, its, &
                                 ite, jts, jte, kts, kte)
    character(len=*), intent(in) :: timestr
    integer, intent(in) :: ims, jms, kms, its, ite, jts, jte, kts, kte
    real, intent(in) :: dt
    real, intent(in), target, dimension(ims:, kms:, jms:) :: p_hyd_w, p_hyd, pi, t, qv
    real, intent(inout), target, dimension(ims:, kms:, jms:) :: rthcuten, rqvcuten
    real, intent(inout), target, dimension(ims:, jms:) :: pratec, raincv
    character(len=:), allocatable :: message
    integer :: j

    do j = jts, jte
      call host_convection_theta(j - jts + 1, host_time(timestr), p_hyd_w(its:ite, kts, j), p_hyd(its:ite, kts:kte, j), &
        pi(its:ite, kts:kte, j), t(its:ite, kts:kte, j), qv(its:ite, kts:kte, j), rthcuten(its:ite, kts:kte, j), &
        rqvcuten(its:ite, kts:kte, j), pratec(its:ite, j), message)
      if (message /= '') call wrf_error_fatal(message)
      if (host_replaces()) raincv(its:ite, j) = pratec(its:ite, j) * dt
    end do
  end subroutine paramnet_convection

  !> Before wrf_shutdown.
  subroutine paramnet_finish(unit)
    integer, intent(in) :: unit
    character(len=:), allocatable :: message

    call host_finish(unit, message)
    if (message /= '') call wrf_error_fatal(message)
  end subroutine paramnet_finish
end module module_paramnet

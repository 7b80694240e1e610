!> Deep convection of CAM 6 and E3SM's EAM by paramnet: recorded, compared or replaced, as paramnet_namelist says.
!> convect_deep.F90 calls these: see docs/hosts/cam.md.
module paramnet_cam
  use cam_abortutils, only: endrun
  use cam_logfile, only: iulog
  use constituents, only: pcnst
  use hycoef, only: hyai, hybi, ps0
  use paramnet_host, only: host_conventions, host_convection, host_finish, host_place, host_replaces, host_start
  use paramnet_host_mpi, only: host_numbers
  use phys_grid, only: get_area_all_p, get_ncols_p, get_rlat_all_p, get_rlon_all_p
  use physconst, only: cpair, gravit, latvap
  use physics_types, only: physics_ptend, physics_ptend_init, physics_state
  use ppgrid, only: begchunk, endchunk, pcols
  use shr_kind_mod, only: r8 => shr_kind_r8
  use spmd_utils, only: mpicom
  use time_manager, only: get_curr_time, get_ref_date, get_step_size, timemgr_get_calendar_cf
  implicit none
  private
  public :: paramnet_cam_init, paramnet_cam_tend, paramnet_cam_final

contains

  !> At the end of convect_deep_init, by one thread.
  subroutine paramnet_cam_init()
    real(r8), parameter :: degrees = 180.0_r8 / acos(-1.0_r8)
    real(r8), dimension(pcols) :: latitude, longitude, area
    character(len=:), allocatable :: message
    character(len=40) :: since
    integer :: chunk, columns, first, total, year, month, day, second

    call get_ref_date(year, month, day, second)
    write (since, '(a, i4.4, 2(a, i2.2))') 'days since ', year, '-', month, '-', day
    call host_start(endchunk - begchunk + 1, real(get_step_size(), r8), gravit, cpair, latvap, &
      host_conventions(heating_units='J kg-1 s-1', rain_units='m s-1'), 'CAM', trim(since), &
      trim(timemgr_get_calendar_cf()), message, hyai * ps0, hybi)
    if (message /= '') call endrun('paramnet_cam_init: ' // message)
    call host_numbers(mpicom, endchunk - begchunk + 1, first, total)
    do chunk = begchunk, endchunk
      columns = get_ncols_p(chunk)
      call get_rlat_all_p(chunk, pcols, latitude)
      call get_rlon_all_p(chunk, pcols, longitude)
      call get_area_all_p(chunk, pcols, area)
      call host_place(chunk - begchunk + 1, first + chunk - begchunk, total, degrees * latitude(:columns), &
        degrees * longitude(:columns), area(:columns), message)
      if (message /= '') call endrun('paramnet_cam_init: ' // message)
    end do
  end subroutine paramnet_cam_init

  !> At the end of convect_deep_tend, by any thread.  prec: PREC_DP of the physics buffer, m s-1.  With a learned scheme
  !> deep_scheme is 'off', and ptend gets its tendencies; otherwise ptend is Zhang-McFarlane's.
  subroutine paramnet_cam_tend(state, ptend, prec)
    type(physics_state), intent(in), target :: state
    type(physics_ptend), intent(inout), target :: ptend
    real(r8), intent(inout), target :: prec(:)
    character(len=:), allocatable :: message
    integer :: days, seconds, n
    logical :: lq(pcnst)

    if (host_replaces()) then
      if (allocated(ptend%s)) call endrun("paramnet_cam_tend: mode learned needs deep_scheme = 'off', got another")
      lq = .false.
      lq(1) = .true.
      call physics_ptend_init(ptend, state%psetcols, 'paramnet', ls=.true., lq=lq)
      prec = 0
    end if
    if (.not. (allocated(ptend%s) .and. allocated(ptend%q))) return  ! deep_scheme 'off', and no scheme of ours
    call get_curr_time(days, seconds)
    n = state%ncol
    call host_convection(state%lchnk - begchunk + 1, days + seconds / 86400.0_r8, state%ps(:n), state%pmid(:n, :), &
      state%t(:n, :), state%q(:n, :, 1), ptend%s(:n, :), ptend%q(:n, :, 1), prec(:n), message)
    if (message /= '') call endrun('paramnet_cam_tend: ' // message)
  end subroutine paramnet_cam_tend

  !> In phys_final.
  subroutine paramnet_cam_final()
    character(len=:), allocatable :: message

    call host_finish(iulog, message)
    if (message /= '') call endrun('paramnet_cam_final: ' // message)
  end subroutine paramnet_cam_final
end module paramnet_cam

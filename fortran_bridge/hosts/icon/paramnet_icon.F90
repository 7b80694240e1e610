!> Convection of ICON by paramnet, as a ComIn plug-in: recorded, compared or replaced, as paramnet_namelist says.
!> See docs/hosts/icon.md.  Domain 1; a block of nproma cells is a block.
module paramnet_icon
  use, intrinsic :: iso_c_binding, only: c_int
  use, intrinsic :: iso_fortran_env, only: output_unit
  use comin_plugin_interface, only: comin_callback_register, comin_current_get_datetime, comin_current_get_domain_id, &
    comin_descrdata_get_cell_indices, comin_descrdata_get_domain, comin_descrdata_get_global, &
    comin_descrdata_get_timesteplength, comin_parallel_get_host_mpi_comm, &
    comin_plugin_finish, comin_var_get, comin_var_to_3d, t_comin_descrdata_domain, t_comin_descrdata_global, &
    t_comin_var_descriptor, t_comin_var_ptr, COMIN_FLAG_READ, COMIN_FLAG_WRITE, EP_ATM_CONVECTION_AFTER, EP_DESTRUCTOR, &
    EP_SECONDARY_CONSTRUCTOR, wp
  use paramnet_host, only: host_conventions, host_convection, host_finish, host_place, host_replaces, host_start
  use paramnet_host_mpi, only: host_numbers
  use paramnet_host_time, only: host_time, HOST_CALENDAR, HOST_TIME_UNITS
  implicit none
  private
  public :: comin_main

  integer, parameter :: domain = 1
  real(wp), parameter :: grav = 9.80665_wp, cpd = 1004.64_wp, alv = 2.5008e6_wp  ! mo_physical_constants; SI

  type :: variable
    type(t_comin_var_ptr), pointer :: of => null()
  end type variable

  type(variable), save :: temp, qv, rho, pres, pres_sfc, heating, moistening, rain
  type(t_comin_descrdata_domain), pointer, save :: patch => null()
  type(t_comin_descrdata_global), pointer, save :: global => null()
  integer, save :: first_block, last_block

contains

  !> Primary constructor.
  subroutine comin_main() bind(c)
    patch => comin_descrdata_get_domain(domain)
    global => comin_descrdata_get_global()
    call comin_callback_register(EP_SECONDARY_CONSTRUCTOR, start)
    call comin_callback_register(EP_ATM_CONVECTION_AFTER, convection)
    call comin_callback_register(EP_DESTRUCTOR, finish)
  end subroutine comin_main

  subroutine start() bind(c)
    character(len=:), allocatable :: message

    call get('temp', COMIN_FLAG_READ, temp)
    call get('qv', COMIN_FLAG_READ, qv)
    call get('rho', COMIN_FLAG_READ, rho)
    call get('pres', COMIN_FLAG_READ, pres)
    call get('pres_sfc', COMIN_FLAG_READ, pres_sfc)
    call get('ddt_temp_pconv', ior(COMIN_FLAG_READ, COMIN_FLAG_WRITE), heating)
    call get('ddt_qv_conv', ior(COMIN_FLAG_READ, COMIN_FLAG_WRITE), moistening)
    call get('rain_con_rate', ior(COMIN_FLAG_READ, COMIN_FLAG_WRITE), rain)
    first_block = patch%cells%start_block(inner_start())
    last_block = patch%cells%end_block(global%min_rlcell_int)
    call host_start(last_block - first_block + 1, comin_descrdata_get_timesteplength(domain), grav, cpd, alv, &
      host_conventions(), 'ICON', HOST_TIME_UNITS, HOST_CALENDAR, message)
    call stop_if(message)
    call place_blocks()
  end subroutine start

  subroutine place_blocks()
    real(wp), parameter :: degrees = 180.0_wp / acos(-1.0_wp)
    character(len=:), allocatable :: message
    integer :: block, number, total, cells(2)

    call host_numbers(comin_parallel_get_host_mpi_comm(), last_block - first_block + 1, number, total)
    do block = first_block, last_block
      cells = cells_of(block)
      associate (from => cells(1), to => cells(2), of => patch%cells)
        call host_place(block - first_block + 1, number + block - first_block, total, degrees * of%clat(from:to, block), &
          degrees * of%clon(from:to, block), of%area(from:to, block), message)
      end associate
      call stop_if(message)
    end do
  end subroutine place_blocks

  !> After ICON's convection has computed, before its tendencies are used.
  subroutine convection() bind(c)
    character(len=:), allocatable :: now, message
    real(wp), pointer, dimension(:, :, :) :: t, q, air, p, dt, drhoq
    real(wp), target :: dq(global%nproma, patch%nlev)
    integer :: block, cells(2)

    if (comin_current_get_domain_id() /= domain) return
    call comin_current_get_datetime(now)
    t => comin_var_to_3d(temp%of)
    q => comin_var_to_3d(qv%of)
    air => comin_var_to_3d(rho%of)
    p => comin_var_to_3d(pres%of)
    dt => comin_var_to_3d(heating%of)
    drhoq => comin_var_to_3d(moistening%of)  ! kg m-3 s-1
    do block = first_block, last_block
      cells = cells_of(block)
      associate (from => cells(1), to => cells(2))
        dq(from:to, :) = drhoq(from:to, :, block) / air(from:to, :, block)
        call host_convection(block - first_block + 1, host_time(now), pres_sfc%of%ptr(from:to, block, 1, 1, 1), &
          p(from:to, :, block), t(from:to, :, block), q(from:to, :, block), dt(from:to, :, block), dq(from:to, :), &
          rain%of%ptr(from:to, block, 1, 1, 1), message)
        if (host_replaces()) drhoq(from:to, :, block) = dq(from:to, :) * air(from:to, :, block)
      end associate
      call stop_if(message)
    end do
  end subroutine convection

  subroutine finish() bind(c)
    character(len=:), allocatable :: message

    call host_finish(output_unit, message)
    call stop_if(message)
  end subroutine finish

  !> A variable at the entry point of convection.
  subroutine get(name, flag, this)
    character(len=*), intent(in) :: name
    integer, intent(in) :: flag
    type(variable), intent(out) :: this

    call comin_var_get([EP_ATM_CONVECTION_AFTER], t_comin_var_descriptor(name=name, id=domain), flag, this%of)
    if (.not. associated(this%of)) call stop_if('paramnet_icon: ' // name // ': ICON has no such variable in this run')
  end subroutine get

  !> First and last cell of a block that this process predicts.
  function cells_of(block) result(bounds)
    integer, intent(in) :: block
    integer :: bounds(2)
    integer(c_int) :: from, to

    call comin_descrdata_get_cell_indices(domain, block, first_block, last_block, from, to, inner_start(), &
      global%min_rlcell_int)
    bounds = [from, to]
  end function cells_of

  !> Where ICON's physics begins: behind the boundary zone.
  integer function inner_start()
    inner_start = global%grf_bdywidth_c + 1
  end function inner_start

  subroutine stop_if(message)
    character(len=*), intent(in) :: message

    if (message /= '') call comin_plugin_finish('paramnet_icon', message)
  end subroutine stop_if
end module paramnet_icon

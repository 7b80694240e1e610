!> Prognostic and diagnostic variables of the model.
module paramnet_crm_state
  use paramnet_crm_constants, only: lanes, sp
  implicit none
  private
  public :: crm_state, crm_options

  !> Configuration of a run.
  type :: crm_options
    real(sp) :: dt = 20.0_sp                 ! s
    real(sp) :: smagorinsky = 0.19_sp        ! C_s
    real(sp) :: prandtl = 1.0_sp/3.0_sp
    real(sp) :: viscosity = -1.0_sp          ! m2 s-1; 0 or more: constant mixing instead of Smagorinsky's (Prandtl number 1)
    real(sp) :: drag = 1.5e-3_sp             ! surface drag coefficient of momentum
    real(sp) :: sponge_start = 0.7_sp        ! fraction of the domain's height; 1 or more: none
    real(sp) :: sponge_time = 90.0_sp        ! s, at the lid
    real(sp) :: courant_limit = 0.9_sp       ! |w| is limited to this fraction of dz / dt
    logical :: moist = .true.
    ! If true, rising warm air loses its gain in kinetic energy, as compressible air does; static energy is not conserved.
    logical :: work_of_buoyancy = .false.
  end type crm_options

  type :: crm_state
    ! Prognostic.  u on western faces, w on lower interfaces, the rest in the middle of cells.
    real(sp), allocatable :: u(:, :, :), w(:, :, :)        ! (lanes, nx, nz), (lanes, nx, nz + 1) m s-1
    real(sp), allocatable :: t(:, :, :)                    ! liquid/ice static energy / cp - energy_origin, K
    real(sp), allocatable :: qt(:, :, :), qp(:, :, :)      ! vapour + cloud, precipitating water, kg kg-1
    ! Diagnosed from these by the saturation adjustment.
    real(sp), allocatable :: temperature(:, :, :)          ! K
    real(sp), allocatable :: cloud(:, :, :)                ! liquid and ice, kg kg-1
    ! Tendencies of u and w at the last steps, for Adams-Bashforth, newest first.
    real(sp), allocatable :: du(:, :, :, :), dw(:, :, :, :)
    ! Accumulated rounding errors of the level means of t and qt; without them the means would drift, because each
    ! step's forcing is a thousandth of their last digit.
    real(sp), allocatable :: rounding_t(:, :), rounding_qt(:, :)
    integer :: steps = 0                                   ! since these were last reset
  contains
    procedure :: allocate_state
  end type crm_state

contains

  subroutine allocate_state(self, nx, nz)
    class(crm_state), intent(inout) :: self
    integer, intent(in) :: nx, nz

    allocate (self%u(lanes, nx, nz), self%w(lanes, nx, nz + 1), self%t(lanes, nx, nz), source=0.0_sp)
    allocate (self%qt(lanes, nx, nz), self%qp(lanes, nx, nz), self%cloud(lanes, nx, nz), source=0.0_sp)
    allocate (self%temperature(lanes, nx, nz), source=0.0_sp)
    allocate (self%du(lanes, nx, nz, 3), self%dw(lanes, nx, nz + 1, 3), source=0.0_sp)
    allocate (self%rounding_t(lanes, nz), self%rounding_qt(lanes, nz), source=0.0_sp)
    self%steps = 0
  end subroutine allocate_state
end module paramnet_crm_state

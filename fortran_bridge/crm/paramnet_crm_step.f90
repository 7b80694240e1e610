!> One step of the cloud-resolving model for a block of columns.
module paramnet_crm_step
  use paramnet_crm_advection, only: advect
  use paramnet_crm_constants, only: cp, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_ice_fall, only: settle_ice
  use paramnet_crm_momentum, only: momentum_tendencies, sponge_rate, step_momentum
  use paramnet_crm_precipitation, only: convert, fall
  use paramnet_crm_pressure, only: project
  use paramnet_crm_saturation, only: adjust
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_subgrid, only: diffuse, eddy_viscosity
  implicit none
  private
  public :: crm_forcing, step

  integer, parameter :: newton_iterations = 2  ! from the last step's temperature

  !> Forcing of the level means, and surface fluxes.
  type :: crm_forcing
    real(sp), allocatable :: heating(:, :), moistening(:, :), acceleration(:, :)  ! (lanes, nz) K s-1, kg kg-1 s-1, m s-2
    real(sp) :: sensible_heat(lanes) = 0.0_sp   ! W m-2, upward
    real(sp) :: evaporation(lanes) = 0.0_sp     ! kg m-2 s-1, upward
  end type crm_forcing

contains

  !> Advances state by options%dt; rain and snow reaching the ground are added to reached : (lanes, 2), kg m-2.
  subroutine step(grid, options, forcing, state, reached)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_forcing), intent(in) :: forcing
    type(crm_state), intent(inout) :: state
    real(sp), intent(inout) :: reached(lanes, 2)
    real(sp) :: eddy(lanes, grid%nx, grid%nz)
    logical :: x_first

    x_first = modulo(state%steps, 2) == 0
    call eddy_viscosity(grid, options, state, eddy)
    call momentum_tendencies(grid, options, state, eddy)
    call accelerate(grid, forcing, state)
    call step_momentum(options, state)
    call hold_below_courant_limit(grid, options, state)
    call project(grid, options%dt, state%u, state%w)
    call force(grid, options, forcing, state)
    if (options%moist) call settle_ice(grid, options%dt, state%temperature, state%cloud, state%t, state%qt, reached)
    if (options%moist) then
      call advect(grid, options%dt, state%u, state%w, x_first, state%t, state%qt, state%qp)
    else
      call advect(grid, options%dt, state%u, state%w, x_first, state%t)
    end if
    call diffuse(grid, options, eddy, state%t)
    call damp(grid, options, state)
    if (options%moist) then
      call diffuse(grid, options, eddy, state%qt)
      call diffuse(grid, options, eddy, state%qp)
      call fall(grid, options%dt, state%temperature, state%t, state%qp, reached)
    end if
    call adjust(grid, state%t, state%qt, state%qp, state%temperature, state%cloud, newton_iterations)
    if (options%moist) call convert(grid, options%dt, state%temperature, state%qt, state%qp, state%cloud)
  end subroutine step

  subroutine accelerate(grid, forcing, state)
    type(crm_grid), intent(in) :: grid
    type(crm_forcing), intent(in) :: forcing
    type(crm_state), intent(inout) :: state
    integer :: i, k

    do k = 1, grid%nz
      do i = 1, grid%nx
        state%du(:, i, k, 1) = state%du(:, i, k, 1) + forcing%acceleration(:, k)
      end do
    end do
  end subroutine accelerate

  !> Limits a vertical wind that would remove more than a cell's air in one step.
  subroutine hold_below_courant_limit(grid, options, state)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp) :: limit(lanes)
    integer :: i, k

    do k = 2, grid%nz
      limit = options%courant_limit*min(grid%dz(:, k), grid%dz(:, k - 1))/options%dt
      do i = 1, grid%nx
        state%w(:, i, k) = min(max(state%w(:, i, k), -limit), limit)
      end do
    end do
  end subroutine hold_below_courant_limit

  subroutine force(grid, options, forcing, state)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_forcing), intent(in) :: forcing
    type(crm_state), intent(inout) :: state
    real(sp) :: warming(lanes), moistening(lanes)
    integer :: k

    do k = 1, grid%nz
      warming = options%dt*forcing%heating(:, k)
      moistening = options%dt*forcing%moistening(:, k)
      if (k == 1) then
        warming = warming + options%dt*forcing%sensible_heat/(cp*grid%rho(:, 1)*grid%dz(:, 1))
        moistening = moistening + options%dt*forcing%evaporation/(grid%rho(:, 1)*grid%dz(:, 1))
      end if
      call add_to_mean(grid%nx, warming, state%rounding_t(:, k), state%t(:, :, k))
      call add_to_mean(grid%nx, moistening, state%rounding_qt(:, k), state%qt(:, :, k))
    end do
  end subroutine force

  !> Adds one increment to every point and stores the rounding error of the mean.
  pure subroutine add_to_mean(nx, increment, rounding, q)
    integer, intent(in) :: nx
    real(sp), intent(in) :: increment(lanes)
    real(sp), intent(inout) :: rounding(lanes), q(lanes, nx)
    real(sp) :: wanted(lanes), added(lanes), changed(lanes)
    integer :: i

    wanted = increment + rounding
    added = 0.0_sp
    do i = 1, nx
      changed = q(:, i) + wanted
      added = added + (changed - q(:, i))
      q(:, i) = changed
    end do
    rounding = wanted - added/nx
  end subroutine add_to_mean

  !> Sponge on energy: damps departures from the level's mean; the mean is unchanged.
  subroutine damp(grid, options, state)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp) :: share(lanes), mean(lanes)
    integer :: i, k

    if (options%sponge_start >= 1.0_sp) return
    do k = 1, grid%nz
      share = options%dt*sponge_rate(grid, options, k)
      if (.not. any(share > 0.0_sp)) cycle
      share = share/(1.0_sp + share)
      mean = sum(state%t(:, :, k), dim=2)/grid%nx
      do i = 1, grid%nx
        state%t(:, i, k) = state%t(:, i, k) - share*(state%t(:, i, k) - mean)
      end do
    end do
  end subroutine damp
end module paramnet_crm_step

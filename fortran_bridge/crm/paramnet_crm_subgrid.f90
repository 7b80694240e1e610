!> Mixing by subgrid eddies: Smagorinsky's viscosity, reduced by stratification, and its effect on scalars.
module paramnet_crm_subgrid
  use paramnet_crm_constants, only: cp, gas_vapour, gravity, lanes, latent_evaporation, sp, warming_condensation
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  implicit none
  private
  public :: eddy_viscosity, diffuse

  ! Limit of explicit mixing in one step: a fraction of the stability limit.
  real(sp), parameter :: stable_share = 0.2_sp

contains

  !> eddy : (lanes, nx, nz), m2 s-1: (C_s l)**2 sqrt(S**2 - N**2 / Pr) with l the layer's thickness (Lilly 1962).
  subroutine eddy_viscosity(grid, options, state, eddy)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(in) :: state
    real(sp), intent(out) :: eddy(lanes, grid%nx, grid%nz)
    real(sp) :: limit(lanes)
    integer :: i, k

    if (options%viscosity >= 0.0_sp) then
      eddy = options%viscosity
      return
    end if
    do k = 1, grid%nz
      limit = stable_share*options%prandtl*min(grid%dz(:, k), grid%dx/min(4.0_sp, grid%dx/grid%dz(:, k)))**2/options%dt
      do i = 1, grid%nx
        eddy(:, i, k) = min(limit, (options%smagorinsky*grid%dz(:, k))**2 &
                            *sqrt(max(deformation(grid, state, i, k) - stratification(grid, state, i, k)/options%prandtl, 0.0_sp)))
      end do
    end do
  end subroutine eddy_viscosity

  !> Squared deformation at the middle of a cell, s-2.
  pure function deformation(grid, state, i, k) result(squared)
    type(crm_grid), intent(in) :: grid
    type(crm_state), intent(in) :: state
    integer, intent(in) :: i, k
    real(sp) :: squared(lanes), along(lanes), upward(lanes), across(lanes)
    integer :: above, below

    above = min(k + 1, grid%nz)
    below = max(k - 1, 1)
    associate (u => state%u, w => state%w, east => grid%east(i), west => grid%west(i))
      along = (u(:, east, k) - u(:, i, k))/grid%dx
      upward = (w(:, i, k + 1) - w(:, i, k))/grid%dz(:, k)
      across = 0.5_sp*(u(:, i, above) + u(:, east, above) - u(:, i, below) - u(:, east, below)) &
               /(grid%z(:, above) - grid%z(:, below)) &
               + 0.25_sp*(w(:, east, k) + w(:, east, k + 1) - w(:, west, k) - w(:, west, k + 1))/grid%dx
    end associate
    squared = 2.0_sp*(along**2 + upward**2) + across**2
  end function deformation

  !> Squared buoyancy frequency, s-2: for moist ascent inside cloud, for dry ascent elsewhere.
  pure function stratification(grid, state, i, k) result(squared)
    type(crm_grid), intent(in) :: grid
    type(crm_state), intent(in) :: state
    integer, intent(in) :: i, k
    real(sp) :: squared(lanes), energy, water, depth, temperature, moist, dry, saturation
    integer :: above, below, b

    above = min(k + 1, grid%nz)
    below = max(k - 1, 1)
    do b = 1, lanes
      depth = grid%z(b, above) - grid%z(b, below)
      temperature = state%temperature(b, i, k)
      energy = (state%t(b, i, above) - state%t(b, i, below))/depth
      water = (state%qt(b, i, above) - state%qt(b, i, below))/depth
      dry = gravity*(energy/temperature + 0.608_sp*water)
      saturation = state%qt(b, i, k) - state%cloud(b, i, k)
      moist = gravity*((energy + warming_condensation*water)/temperature &
                       /(1.0_sp + latent_evaporation**2*saturation/(cp*gas_vapour*temperature**2)) - water)
      squared(b) = merge(moist, dry, state%cloud(b, i, k) > 0.0_sp)
    end do
  end function stratification

  !> q : (lanes, nx, nz) mixed for dt by eddy / prandtl; conservative, no flux through ground or lid.
  subroutine diffuse(grid, options, eddy, q)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    real(sp), intent(in) :: eddy(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)
    real(sp) :: flux_x(lanes, grid%nx), below(lanes, grid%nx), above(lanes, grid%nx), stretch(lanes), rise(lanes), half
    integer :: i, k

    half = 0.5_sp*options%dt*merge(1.0_sp, 1.0_sp/options%prandtl, options%viscosity >= 0.0_sp)
    below = 0.0_sp
    do k = 1, grid%nz
      stretch = half*min(16.0_sp, (grid%dx*grid%inverse_dz(:, k))**2)*grid%inverse_dx**2
      rise = half*grid%rho_interface(:, k + 1)*grid%inverse_dz_interface(:, k + 1)
      do i = 1, grid%nx
        associate (west => grid%west(i))
          flux_x(:, i) = -stretch*(eddy(:, i, k) + eddy(:, west, k))*(q(:, i, k) - q(:, west, k))
        end associate
        above(:, i) = 0.0_sp
        if (k < grid%nz) above(:, i) = -rise*(eddy(:, i, k) + eddy(:, i, k + 1))*(q(:, i, k + 1) - q(:, i, k))
      end do
      do i = 1, grid%nx
        q(:, i, k) = q(:, i, k) - ((flux_x(:, grid%east(i)) - flux_x(:, i)) &
                                   + (above(:, i) - below(:, i))*grid%inverse_mass(:, k))
      end do
      below = above
    end do
  end subroutine diffuse
end module paramnet_crm_subgrid

!> Settling of cloud ice: slow but continuous, so that anvils thin out below the threshold of aggregation.
module paramnet_crm_ice_fall
  use paramnet_crm_constants, only: lanes, sp, warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: liquid_share
  implicit none
  private
  public :: settle_ice

contains

  !> The ice of cloud (lanes, nx, nz; of the last adjustment) falls for dt, implicitly, taking its latent heat along.
  !> reached : (lanes, 2) rain and snow at the surface, kg m-2, mean over x: ice that reaches it is snow.
  subroutine settle_ice(grid, dt, temperature, cloud, t, qt, reached)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, temperature(lanes, grid%nx, grid%nz), cloud(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: t(lanes, grid%nx, grid%nz), qt(lanes, grid%nx, grid%nz), reached(lanes, 2)
    real(sp), parameter :: warming = warming_condensation + warming_fusion
    real(sp), dimension(lanes) :: ice, left, arriving, leaving, change, mass
    integer :: i, k

    do i = 1, grid%nx
      arriving = 0.0_sp
      do k = grid%nz, 1, -1
        ! qt may have been transported since the cloud was diagnosed.
        ice = (1.0_sp - liquid_share(temperature(:, i, k)))*max(min(cloud(:, i, k), qt(:, i, k)), 0.0_sp)
        if (.not. any(ice > 0.0_sp .or. arriving > 0.0_sp)) cycle
        mass = grid%rho(:, k)*grid%dz(:, k)
        left = (ice + arriving/mass)/(1.0_sp + dt*fall_speed(grid%rho(:, k)*ice)/grid%dz(:, k))
        leaving = max(mass*(ice - left) + arriving, 0.0_sp)
        change = (arriving - leaving)/mass
        qt(:, i, k) = qt(:, i, k) + change
        t(:, i, k) = t(:, i, k) - warming*change
        arriving = leaving
      end do
      reached(:, 2) = reached(:, 2) + arriving/grid%nx
    end do
  end subroutine settle_ice

  !> Fall speed, m s-1, downward, of ice of x kg m-3: 3.29 x**0.16 (Heymsfield & Donner 1990), approximated within 1 % from
  !> 1e-6 to 1e-3 by 3.15 x**(5/32), which takes five square roots.
  pure function fall_speed(content) result(speed)
    real(sp), intent(in) :: content(lanes)
    real(sp) :: speed(lanes)

    speed = sqrt(sqrt(sqrt(content)))
    speed = 3.15_sp*speed*sqrt(sqrt(speed))
  end function fall_speed
end module paramnet_crm_ice_fall

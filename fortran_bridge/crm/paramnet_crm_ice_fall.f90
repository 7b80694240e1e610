!> Settling of cloud ice: slow but continuous, so that anvils thin out below the threshold of aggregation.
module paramnet_crm_ice_fall
  use paramnet_crm_constants, only: lanes, sp, warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
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
    real(sp) :: arriving(lanes)
    integer :: i, k

    do i = 1, grid%nx
      arriving = 0.0_sp
      do k = grid%nz, 1, -1
        if (any_above_zero(cloud(:, i, k)) .or. any_above_zero(arriving)) &
          call settle_through(dt, grid%rho(:, k), grid%inverse_dz(:, k), grid%rho(:, k)*grid%dz(:, k), grid%inverse_mass(:, k), &
                              temperature(:, i, k), cloud(:, i, k), t(:, i, k), qt(:, i, k), arriving)
      end do
      reached(:, 2) = reached(:, 2) + arriving/grid%nx
    end do
  end subroutine settle_ice

  !> One layer: the ice that arrives from above (kg m-2) becomes what leaves it.
  pure subroutine settle_through(dt, rho, inverse_dz, mass, inverse_mass, temperature, cloud, t, qt, arriving)
    real(sp), intent(in) :: dt
    real(sp), dimension(lanes), intent(in) :: rho, inverse_dz, mass, inverse_mass, temperature, cloud
    real(sp), dimension(lanes), intent(inout) :: t, qt, arriving
    real(sp), parameter :: warming = warming_condensation + warming_fusion
    real(sp) :: ice, left, leaving, change
    integer :: b

    !GCC$ ivdep
    do b = 1, lanes
      ! qt may have been transported since the cloud was diagnosed.
      ice = (1.0_sp - liquid_share(temperature(b)))*max(min(cloud(b), qt(b)), 0.0_sp)
      left = (ice + arriving(b)*inverse_mass(b))/(1.0_sp + dt*fall_speed(rho(b)*ice)*inverse_dz(b))
      leaving = max(mass(b)*(ice - left) + arriving(b), 0.0_sp)
      change = (arriving(b) - leaving)*inverse_mass(b)
      qt(b) = qt(b) + change
      t(b) = t(b) - warming*change
      arriving(b) = leaving
    end do
  end subroutine settle_through

  pure logical function any_above_zero(q)
    real(sp), intent(in) :: q(lanes)
    integer :: b, number

    number = 0
    do b = 1, lanes
      number = number + merge(1, 0, q(b) > 0.0_sp)
    end do
    any_above_zero = number > 0
  end function any_above_zero

  !> Fall speed, m s-1, downward, of ice of x kg m-3: 3.29 x**0.16 (Heymsfield & Donner 1990), approximated within 1 % from
  !> 1e-6 to 1e-3 by 3.15 x**(5/32), which takes five square roots.
  elemental function fall_speed(content) result(speed)
    real(sp), intent(in) :: content
    real(sp) :: speed

    speed = sqrt(sqrt(sqrt(content)))
    speed = 3.15_sp*speed*sqrt(sqrt(speed))
  end function fall_speed

  include 'paramnet_crm_liquid_share.inc'
end module paramnet_crm_ice_fall

!> Columns of air and water for the tests, and the sums that must be conserved.
module columns
  use paramnet_crm_constants, only: cp, dp, energy_origin, gas_dry, gravity, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: adjust, saturation_mixing_ratio
  use paramnet_crm_state, only: crm_state
  use paramnet_crm_step, only: crm_forcing
  implicit none
  private
  public :: neutral_column, tropical_column, quiet_forcing, water_of, energy_of

contains

  !> Dry air of potential temperature `theta` in nz layers of dz metres from 1000 hPa.
  subroutine neutral_column(grid, theta, dz)
    type(crm_grid), intent(inout) :: grid
    real(sp), intent(in) :: theta, dz
    real(sp) :: interfaces(lanes, grid%nz + 1), temperature(lanes, grid%nz)
    integer :: k

    do k = 1, grid%nz + 1
      interfaces(:, k) = 1.0e5_sp*(1.0_sp - gravity*(k - 1)*dz/(cp*theta))**(cp/gas_dry)
    end do
    do k = 1, grid%nz
      temperature(:, k) = theta - gravity*(k - 0.5_sp)*dz/cp
    end do
    call grid%set_column(interfaces, temperature, 0.0_sp*temperature)
  end subroutine neutral_column

  !> A tropical sounding over 24 layers to 20 km, 100 m thick at the ground, with noise of `noise` K in the lowest five,
  !> different in every lane.
  subroutine tropical_column(grid, state, noise)
    type(crm_grid), intent(inout) :: grid
    type(crm_state), intent(inout) :: state
    real(sp), intent(in) :: noise
    real(sp) :: interfaces(lanes, grid%nz + 1), temperature(lanes, grid%nz), vapour(lanes, grid%nz), height, thickness
    real(sp) :: over_water(lanes), over_ice(lanes), kick(lanes)
    integer :: i, k

    interfaces(:, 1) = 1.0e5_sp
    height = 0.0_sp
    do k = 1, grid%nz
      thickness = min(100.0_sp*1.2565_sp**(k - 1), 1200.0_sp)
      temperature(:, k) = max(298.5_sp - 0.0067_sp*(height + 0.5_sp*thickness), 200.0_sp)
      interfaces(:, k + 1) = interfaces(:, k)*exp(-gravity*thickness/(gas_dry*temperature(:, k)))
      call saturation_mixing_ratio(temperature(:, k), interfaces(:, k), over_water, over_ice)
      vapour(:, k) = 0.8_sp*exp(-height/8000.0_sp)*min(over_water, over_ice)
      if (height > 13000.0_sp) vapour(:, k) = 2.0e-6_sp
      height = height + thickness
    end do
    call grid%set_column(interfaces, temperature, vapour)
    do k = 1, grid%nz
      do i = 1, grid%nx
        call random_number(kick)
        state%t(:, i, k) = temperature(:, k) + grid%geopotential(:, k) - energy_origin
        if (k <= 5) state%t(:, i, k) = state%t(:, i, k) + noise*(kick - 0.5_sp)
        state%qt(:, i, k) = vapour(:, k)
        state%temperature(:, i, k) = temperature(:, k)
      end do
    end do
    call adjust(grid, state%t, state%qt, state%qp, state%temperature, state%cloud, 6)
  end subroutine tropical_column

  function quiet_forcing(nz) result(forcing)
    integer, intent(in) :: nz
    type(crm_forcing) :: forcing

    allocate (forcing%heating(lanes, nz), forcing%moistening(lanes, nz), forcing%acceleration(lanes, nz), source=0.0_sp)
  end function quiet_forcing

  !> Water in the column, kg m-2, mean over x.
  function water_of(grid, state) result(water)
    type(crm_grid), intent(in) :: grid
    type(crm_state), intent(in) :: state
    real(dp) :: water(lanes)
    integer :: k

    water = 0.0_dp
    do k = 1, grid%nz
      water = water + grid%mass(:, k)*sum(real(state%qt(:, :, k), dp) + state%qp(:, :, k), dim=2)/grid%nx
    end do
  end function water_of

  !> Liquid/ice static energy of the column above its origin, J m-2, mean over x.
  function energy_of(grid, state) result(energy)
    type(crm_grid), intent(in) :: grid
    type(crm_state), intent(in) :: state
    real(dp) :: energy(lanes)
    integer :: k

    energy = 0.0_dp
    do k = 1, grid%nz
      energy = energy + grid%mass(:, k)*cp*sum(real(state%t(:, :, k), dp), dim=2)/grid%nx
    end do
  end function energy_of
end module columns

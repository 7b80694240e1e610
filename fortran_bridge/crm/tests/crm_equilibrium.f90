!> Radiative-convective equilibrium: uniform cooling of 1.5 K a day, a sea at 300 K, 5 m s-1 of wind for its fluxes.
!> The water and energy budgets close every day, and rain comes to balance evaporation; with fourfold acceleration of the
!> mean state the equilibrium is the same.
program crm_equilibrium
  use check, only: expect, finish
  use columns, only: energy_of, quiet_forcing, tropical_column, water_of
  use paramnet_crm_acceleration, only: accelerated_step
  use paramnet_crm_constants, only: cp, dp, lanes, latent_evaporation, latent_sublimation, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: saturation_mixing_ratio
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing
  implicit none
  integer, parameter :: nx = 8, nz = 24, days = 30, averaged = 12
  real(sp), parameter :: sea = 300.0_sp, exchange = 1.3e-3_sp*5.0_sp, cooling = 1.5_sp/86400.0_sp

  !> Means over the last `averaged` days: rain and evaporation, kg m-2 day-1; temperature (nz), K.
  type :: climate
    real(dp) :: rain = 0.0_dp, evaporation = 0.0_dp, temperature(nz) = 0.0_dp
  end type climate
  type(climate) :: plain, accelerated
  real(dp) :: warmer(nz), pressure(nz)

  plain = equilibrium(1.0_sp)
  accelerated = equilibrium(4.0_sp)
  call expect(abs(plain%rain/plain%evaporation - 1.0_dp) < 0.1_dp, 'rain within 10 % of evaporation')
  call expect(plain%rain > 2.0_dp .and. plain%rain < 8.0_dp, 'rain of a few mm a day')
  call expect(abs(accelerated%rain/plain%rain - 1.0_dp) < 0.05_dp, 'acceleration keeps the rain within 5 %')
  warmer = merge(accelerated%temperature - plain%temperature, 0.0_dp, pressure > 2.0e4_dp)
  write (*, '(2(a,f6.2))') 'accelerated, warmer below 200 hPa by (K) ', minval(warmer), ' to ', maxval(warmer)
  call expect(maxval(abs(warmer)) < 1.5_dp, 'acceleration keeps the temperature within 1.5 K below 200 hPa')
  call finish()

contains

  function equilibrium(acceleration) result(mean)
    real(sp), intent(in) :: acceleration
    type(climate) :: mean
    type(crm_grid) :: grid
    type(crm_state) :: state
    type(crm_options) :: options
    type(crm_forcing) :: forcing
    real(dp), dimension(lanes) :: evaporated, heated, water, energy, cooled
    real(dp) :: fallen(lanes, 2), worst_water, worst_energy
    integer :: day, k

    call random_seed(put=[(17*k, k=1, 64)])
    call grid%initialize(nx, nz, 4000.0_sp)
    call state%allocate_state(nx, nz)
    call tropical_column(grid, state, 0.2_sp)
    pressure = grid%pressure(1, :)
    forcing = quiet_forcing(nz)
    cooled = 0.0_dp
    do k = 1, nz
      forcing%heating(:, k) = -cooling*min(max((grid%pressure(:, k) - 1.5e4_sp)/1.0e4_sp, 0.0_sp), 1.0_sp)
      cooled = cooled + 86400.0_dp*grid%mass(:, k)*cp*forcing%heating(:, k)
    end do
    worst_water = 0.0_dp
    worst_energy = 0.0_dp
    do day = 1, days
      water = water_of(grid, state)
      energy = energy_of(grid, state)
      call run_day(grid, options, acceleration, forcing, state, evaporated, heated, fallen)
      worst_water = max(worst_water, maxval(abs(water_of(grid, state) - water - evaporated + sum(fallen, 2))))
      worst_energy = max(worst_energy, maxval(abs(energy_of(grid, state) - energy - heated - cooled &
                                                  - latent_evaporation*fallen(:, 1) - latent_sublimation*fallen(:, 2)))/86400.0_dp)
      if (day <= days - averaged) cycle
      mean%rain = mean%rain + sum(fallen)/lanes/averaged
      mean%evaporation = mean%evaporation + sum(evaporated)/lanes/averaged
      mean%temperature = mean%temperature + sum(sum(real(state%temperature, dp), 2), 1)/(lanes*nx*averaged)
    end do
    write (*, '(a,f4.1,2(a,f6.3),2(a,es9.2))') 'acceleration ', acceleration, ': rain ', mean%rain, ' evaporation ', &
      mean%evaporation, ' mm day-1; open: water ', worst_water, ' kg m-2 day-1, energy ', worst_energy
    call expect(worst_water < 1.0e-3_dp, 'water closed to 1e-3 kg m-2 a day')
    call expect(worst_energy < 1.0_dp, 'energy closed to 1 W m-2')
  end function equilibrium

  !> Daily evaporation in kg m-2, sensible heat in J m-2, rain and snow in kg m-2.
  subroutine run_day(grid, options, acceleration, forcing, state, evaporated, heated, fallen)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    real(sp), intent(in) :: acceleration
    type(crm_forcing), intent(inout) :: forcing
    type(crm_state), intent(inout) :: state
    real(dp), intent(out) :: evaporated(lanes), heated(lanes), fallen(lanes, 2)
    real(sp) :: reached(lanes, 2), over_water(lanes), over_ice(lanes)
    real(dp) :: interval
    integer :: n

    call saturation_mixing_ratio(spread(sea, 1, lanes), spread(1.0e5_sp, 1, lanes), over_water, over_ice)
    interval = real(options%dt, dp)*acceleration
    evaporated = 0.0_dp
    heated = 0.0_dp
    fallen = 0.0_dp
    do n = 1, nint(86400.0_dp/interval)
      forcing%sensible_heat = exchange*cp*grid%rho(:, 1)*(sea - sum(state%temperature(:, :, 1), 2)/nx - grid%geopotential(:, 1))
      forcing%evaporation = exchange*grid%rho(:, 1)*(over_water - sum(state%qt(:, :, 1), 2)/nx)
      evaporated = evaporated + forcing%evaporation*interval
      heated = heated + forcing%sensible_heat*interval
      reached = 0.0_sp
      call accelerated_step(grid, options, acceleration, forcing, state, reached)
      fallen = fallen + reached
    end do
  end subroutine run_day
end program crm_equilibrium

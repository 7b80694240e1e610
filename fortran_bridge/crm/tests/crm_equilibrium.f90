!> Radiative-convective equilibrium: uniform cooling of 1.5 K a day, a sea at 300 K, 5 m s-1 of wind for its fluxes.
!> Water and energy close every day, and rain comes to balance evaporation.
program crm_equilibrium
  use check, only: expect, finish
  use columns, only: energy_of, quiet_forcing, tropical_column, water_of
  use paramnet_crm_constants, only: cp, dp, lanes, latent_evaporation, latent_sublimation, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: saturation_mixing_ratio
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  integer, parameter :: nx = 8, nz = 24, days = 30, averaged = 12, steps_a_day = 4320
  real(sp), parameter :: sea = 300.0_sp, exchange = 1.3e-3_sp*5.0_sp, cooling = 1.5_sp/86400.0_sp
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp) :: reached(lanes, 2), over_water(lanes), over_ice(lanes)
  real(dp) :: rain(lanes), snow(lanes), evaporated(lanes), heated(lanes), water(lanes), energy(lanes), cooled(lanes)
  real(dp) :: total_rain, total_evaporation, worst_water, worst_energy
  integer :: day, n, k

  call random_seed(put=[(17*n, n = 1, 64)])
  call grid%initialize(nx, nz, 4000.0_sp)
  call state%allocate_state(nx, nz)
  call tropical_column(grid, state, 0.2_sp)
  forcing = quiet_forcing(nz)
  cooled = 0.0_dp
  do k = 1, nz
    forcing%heating(:, k) = -cooling*min(max((grid%pressure(:, k) - 1.5e4_sp)/1.0e4_sp, 0.0_sp), 1.0_sp)
    cooled = cooled + 86400.0_dp*grid%mass(:, k)*cp*forcing%heating(:, k)
  end do
  call saturation_mixing_ratio(spread(sea, 1, lanes), spread(1.0e5_sp, 1, lanes), over_water, over_ice)
  total_rain = 0.0_dp
  total_evaporation = 0.0_dp
  worst_water = 0.0_dp
  worst_energy = 0.0_dp
  do day = 1, days
    water = water_of(grid, state)
    energy = energy_of(grid, state)
    rain = 0.0_dp
    snow = 0.0_dp
    evaporated = 0.0_dp
    heated = 0.0_dp
    do n = 1, steps_a_day
      forcing%sensible_heat = exchange*cp*grid%rho(:, 1)*(sea - sum(state%temperature(:, :, 1), 2)/nx - grid%geopotential(:, 1))
      forcing%evaporation = exchange*grid%rho(:, 1)*(over_water - sum(state%qt(:, :, 1), 2)/nx)
      evaporated = evaporated + forcing%evaporation*options%dt
      heated = heated + forcing%sensible_heat*options%dt
      reached = 0.0_sp
      call step(grid, options, forcing, state, reached)
      rain = rain + reached(:, 1)
      snow = snow + reached(:, 2)
    end do
    worst_water = max(worst_water, maxval(abs(water_of(grid, state) - water - evaporated + rain + snow)))
    worst_energy = max(worst_energy, maxval(abs(energy_of(grid, state) - energy - heated - cooled &
                                                - latent_evaporation*rain - latent_sublimation*snow))/86400.0_dp)
    if (day > days - averaged) then
      total_rain = total_rain + sum(rain + snow)/lanes/averaged
      total_evaporation = total_evaporation + sum(evaporated)/lanes/averaged
    end if
  end do
  write (*, '(2(a,f6.3),2(a,es9.2))') 'rain ', total_rain, ' evaporation ', total_evaporation, ' mm day-1; open: water ', &
    worst_water, ' kg m-2 day-1, energy ', worst_energy
  call expect(abs(total_rain/total_evaporation - 1.0_dp) < 0.1_dp, 'rain within 10 % of evaporation')
  call expect(total_rain > 2.0_dp .and. total_rain < 8.0_dp, 'rain of a few mm a day')
  call expect(worst_water < 1.0e-3_dp, 'water closed to 1e-3 kg m-2 a day')
  call expect(worst_energy < 1.0_dp, 'energy closed to 1 W m-2')
  call finish()
end program crm_equilibrium

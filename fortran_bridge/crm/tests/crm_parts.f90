!> Each part in isolation: saturation adjustment, transport, pressure, independent lanes, closed budgets in a step.
program crm_parts
  use check, only: expect, finish
  use columns, only: energy_of, quiet_forcing, tropical_column, water_of
  use paramnet_crm_acceleration, only: accelerated_step
  use paramnet_crm_advection, only: advect
  use paramnet_crm_constants, only: cp, dp, energy_origin, lanes, latent_evaporation, latent_sublimation, sp, &
                                    warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_ice_fall, only: settle_ice
  use paramnet_crm_pressure, only: project
  use paramnet_crm_saturation, only: liquid_share, rain_share, saturation_mixing_ratio
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  integer, parameter :: nx = 8, nz = 24
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp) :: reached(lanes, 2)
  integer :: n

  call random_seed(put=[(n, n = 1, 64)])
  call grid%initialize(nx, nz, 4000.0_sp)
  call state%allocate_state(nx, nz)
  call tropical_column(grid, state, 5.0_sp)
  forcing = quiet_forcing(nz)
  forcing%heating = -1.0e-4_sp
  forcing%moistening(:, 1:6) = 1.0e-6_sp
  call sums_close_each_step(1200, 1.0_sp)
  call sums_close_each_step(300, 4.0_sp)
  call energy_is_that_of_the_temperature()
  call wind_carries_no_mass()
  call transport_keeps_bounds_and_sums()
  call ice_falls_and_liquid_does_not()
  call lanes_do_not_see_each_other()
  call finish()

contains

  !> The mean, with acceleration: its energy and water change by the surface fluxes and the surface precipitation.
  subroutine sums_close_each_step(steps, acceleration)
    integer, intent(in) :: steps
    real(sp), intent(in) :: acceleration
    real(dp) :: water(lanes), energy(lanes), worst_water, worst_energy, source_water(lanes), source_energy(lanes)
    integer :: s, k

    worst_water = 0.0_dp
    worst_energy = 0.0_dp
    source_water = 0.0_dp
    source_energy = 0.0_dp
    do k = 1, nz
      source_water = source_water + acceleration*options%dt*grid%mass(:, k)*forcing%moistening(:, k)
      source_energy = source_energy + acceleration*options%dt*grid%mass(:, k)*cp*forcing%heating(:, k)
    end do
    do s = 1, steps
      water = water_of(grid, state)
      energy = energy_of(grid, state)
      reached = 0.0_sp
      call accelerated_step(grid, options, acceleration, forcing, state, reached)
      worst_water = max(worst_water, maxval(abs(water_of(grid, state) - water - source_water + sum(reached, 2))/water))
      worst_energy = max(worst_energy, maxval(abs(energy_of(grid, state) - energy - source_energy &
        - latent_evaporation*reached(:, 1) - latent_sublimation*reached(:, 2))/(sum(grid%mass, 2)*cp*300.0_dp)))
    end do
    write (*, '(a,f4.1,2(a,es9.2))') 'acceleration ', acceleration, ': open in a step, of the column: water ', worst_water, &
      ', energy ', worst_energy
    call expect(worst_water < 1.0e-6_dp, 'water closed to 1e-6 of the column a step')
    call expect(worst_energy < 1.0e-6_dp, 'energy closed to 1e-6 of the column a step')
    write (*, '(2(a,es9.2))') 'cloud ', maxval(state%cloud), ', rain ', maxval(state%qp)
    call expect(any(state%cloud > 1.0e-5_sp) .and. any(state%qp > 1.0e-6_sp), 'there are clouds and rain by now')
    call expect(minval(state%qt) > -1.0e-9_sp .and. minval(state%qp) > -1.0e-9_sp, 'no negative water')
  end subroutine sums_close_each_step

  !> t = T + g z / cp - L q / cp, with each water's own heat, to rounding and the last Newton iteration.
  subroutine energy_is_that_of_the_temperature()
    real(sp) :: worst, t(lanes), frozen_cloud(lanes), frozen_rain(lanes), over_water(lanes), over_ice(lanes), share(lanes)
    integer :: i, k
    real(sp) :: worst_cloud

    reached = 0.0_sp
    options%dt = 1.0e-3_sp  ! a step without motion, so that the adjustment determines the result
    call step(grid, options, forcing, state, reached)
    options%dt = 20.0_sp
    worst = 0.0_sp
    worst_cloud = 0.0_sp
    do k = 1, nz
      do i = 1, nx
        associate (temperature => state%temperature(:, i, k))
          frozen_cloud = 1.0_sp - liquid_share(temperature)
          frozen_rain = 1.0_sp - rain_share(temperature)
          t = temperature + grid%geopotential(:, k) - energy_origin &
              - (warming_condensation + warming_fusion*frozen_cloud)*state%cloud(:, i, k) &
              - (warming_condensation + warming_fusion*frozen_rain)*state%qp(:, i, k)
          worst = max(worst, maxval(abs(t - state%t(:, i, k))))
          call saturation_mixing_ratio(temperature, grid%pressure(:, k), over_water, over_ice)
          share = liquid_share(temperature)
          worst_cloud = max(worst_cloud, maxval(state%qt(:, i, k) - state%cloud(:, i, k) &
                                                - (share*over_water + (1.0_sp - share)*over_ice)*1.002_sp))
        end associate
      end do
    end do
    call expect(worst < 0.02_sp, 'temperature, cloud and rain add up to the energy')
    call expect(worst_cloud < 1.0e-6_sp, 'no vapour above saturation')
  end subroutine energy_is_that_of_the_temperature

  subroutine wind_carries_no_mass()
    real(sp) :: u(lanes, nx, nz), w(lanes, nx, nz + 1), divergence(lanes), worst
    integer :: i, k

    call random_number(u)
    call random_number(w)
    call project(grid, 20.0_sp, u, w)
    worst = 0.0_sp
    do k = 1, nz
      do i = 1, nx
        divergence = (u(:, grid%east(i), k) - u(:, i, k))/grid%dx &
                     + (grid%rho_interface(:, k + 1)*w(:, i, k + 1) - grid%rho_interface(:, k)*w(:, i, k)) &
                     /(grid%rho(:, k)*grid%dz(:, k))
        worst = max(worst, maxval(abs(divergence)*20.0_sp))
      end do
    end do
    call expect(worst < 2.0e-6_sp, 'what the wind leaves in a cell is rounding')
    call expect(maxval(abs(u)) > 0.1_sp .and. maxval(abs(w)) > 1.0e-4_sp, 'there is wind left')
  end subroutine wind_carries_no_mass

  subroutine transport_keeps_bounds_and_sums()
    real(sp) :: q(lanes, nx, nz), one(lanes, nx, nz)
    real(dp) :: before(lanes)
    integer :: s

    call random_number(q)
    q(:, 1:4, :) = 0.0_sp
    one = 1.0_sp
    before = total(q)
    do s = 1, 50
      call advect(grid, options%dt, state%u, state%w, modulo(s, 2) == 0, q)
      call advect(grid, options%dt, state%u, state%w, modulo(s, 2) == 0, one)
    end do
    write (*, '(a,2es12.4,a,f6.3)') 'bounds ', minval(q), maxval(q) - 1.0_sp, ' fastest ascent ', maxval(state%w)
    call expect(minval(q) > -1.0e-5_sp .and. maxval(q) < 1.0_sp + 1.0e-5_sp, 'transport stays within the bounds')
    call expect(maxval(abs(total(q)/before - 1.0_dp)) < 1.0e-6_dp, 'transport keeps the sum')
    call expect(maxval(abs(one - 1.0_sp)) < 1.0e-5_sp, 'transport leaves a constant one')
    call expect(maxval(q(:, 1:4, 5:18)) > 0.01_sp, 'something was transported')
  end subroutine transport_keeps_bounds_and_sums

  !> A layer of 0.05 g kg-1: as ice its middle sinks by speed * time (Heymsfield & Donner 1990), as liquid it stays.
  subroutine ice_falls_and_liquid_does_not()
    real(sp), parameter :: dt = 20.0_sp, held = 5.0e-5_sp
    integer, parameter :: sheet = 18, steps = 30
    real(sp) :: temperature(lanes, nx, nz), cloud(lanes, nx, nz), qt(lanes, nx, nz), t(lanes, nx, nz), fallen(lanes, 2)
    real(sp) :: speed, sunk
    real(dp) :: water(lanes), energy(lanes)
    integer :: s

    temperature = 220.0_sp
    cloud = 0.0_sp
    cloud(:, 3, sheet) = held
    qt = cloud
    t = 0.0_sp
    fallen = 0.0_sp
    water = total(qt)
    do s = 1, steps
      call settle_ice(grid, dt, temperature, cloud, t, qt, fallen)
      cloud = qt
    end do
    speed = 3.29_sp*(grid%rho(1, sheet)*held)**0.16_sp
    sunk = grid%z(1, sheet) - middle(qt(1, 3, :))
    write (*, '(a,f6.0,a,f6.0)') 'ice sank ', sunk, ' m, at its first speed ', speed*steps*dt
    call expect(abs(sunk/(speed*steps*dt) - 1.0_sp) < 0.15_sp, 'ice sinks at the published speed, slower as it spreads')
    energy = total(t) + (warming_condensation + warming_fusion)*total(qt)
    call expect(maxval(abs(total(qt)/water - 1.0_dp)) < 1.0e-6_dp .and. all(fallen < 1.0e-9_sp*held), 'falling ice keeps its mass')
    call expect(maxval(abs(energy/((warming_condensation + warming_fusion)*water) - 1.0_dp)) < 1.0e-5_dp, &
                'falling ice takes its latent heat along')
    temperature = 280.0_sp
    cloud = qt
    t = 0.0_sp
    call settle_ice(grid, dt, temperature, cloud, t, qt, fallen)
    call expect(.not. any(abs(qt - cloud) > 0.0_sp .or. abs(t) > 0.0_sp), 'liquid cloud does not fall')
    temperature = 220.0_sp
    cloud = 0.0_sp
    cloud(:, :, 1) = held
    qt = cloud
    water = total(qt)
    call settle_ice(grid, dt, temperature, cloud, t, qt, fallen)
    call expect(maxval(abs((total(qt)/nx + fallen(:, 2))/(water/nx) - 1.0_dp)) < 1.0e-6_dp .and. all(fallen(:, 2) > 0.0_sp), &
                'ice that reaches the ground is snow')
  end subroutine ice_falls_and_liquid_does_not

  !> Height of the centre of mass in a column, m.
  real(sp) function middle(q)
    real(sp), intent(in) :: q(nz)

    middle = real(sum(grid%mass(1, :)*q*grid%z(1, :))/sum(grid%mass(1, :)*q), sp)
  end function middle

  function total(q) result(sums)
    real(sp), intent(in) :: q(lanes, nx, nz)
    real(dp) :: sums(lanes)
    integer :: k

    sums = 0.0_dp
    do k = 1, nz
      sums = sums + grid%mass(:, k)*sum(real(q(:, :, k), dp), 2)
    end do
  end function total

  !> The same column in another lane, with other neighbours: the same bits.
  subroutine lanes_do_not_see_each_other()
    type(crm_grid) :: other_grid
    type(crm_state) :: other
    integer :: s

    call other_grid%initialize(nx, nz, 4000.0_sp)
    call other%allocate_state(nx, nz)
    call random_seed(put=[(7*n, n = 1, 64)])
    call tropical_column(other_grid, other, 5.0_sp)
    other = state
    other%t = cshift(state%t, 5, 1)
    other%qt = cshift(state%qt, 5, 1)
    other%qp = cshift(state%qp, 5, 1)
    other%u = cshift(state%u, 5, 1)
    other%w = cshift(state%w, 5, 1)
    other%temperature = cshift(state%temperature, 5, 1)
    other%cloud = cshift(state%cloud, 5, 1)
    other%rounding_t = cshift(state%rounding_t, 5, 1)
    other%rounding_qt = cshift(state%rounding_qt, 5, 1)
    other%du = cshift(state%du, 5, 1)
    other%dw = cshift(state%dw, 5, 1)
    other%t(1:8, :, :) = other%t(1:8, :, :) + 1.0_sp  ! neighbours of lane 16 that differ
    do s = 1, 20
      call step(grid, options, forcing, state, reached)
      call step(other_grid, options, forcing, other, reached)
    end do
    call expect(same_bits(other%t(16, :, :), state%t(5, :, :)), 'a lane has the same energy anywhere')
    call expect(same_bits(other%w(16, :, :), state%w(5, :, :)), 'a lane has the same wind anywhere')
    call expect(.not. same_bits(other%t(1, :, :), state%t(12, :, :)), 'a changed lane changes')
  end subroutine lanes_do_not_see_each_other

  pure logical function same_bits(a, b)
    real(sp), intent(in) :: a(:, :), b(:, :)

    same_bits = all(transfer(a, [0], size(a)) == transfer(b, [0], size(b)))
  end function same_bits
end program crm_parts

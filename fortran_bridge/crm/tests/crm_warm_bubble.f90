!> The dry thermal of Bryan & Fritsch (2002, Mon. Wea. Rev. 130): a 2 K bubble rises for 1000 s in neutral air, 100 m grid.
!> Their result: warmest 2.07 K, fastest ascent 14.54 m s-1, descent -8.58 m s-1; monotone transport slightly weakens the
!> warmest spot, and with it the rotors.
program crm_warm_bubble
  use check, only: expect, finish
  use columns, only: neutral_column, quiet_forcing
  use paramnet_crm_constants, only: cp, energy_origin, gas_dry, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  integer, parameter :: nx = 200, nz = 100
  real(sp), parameter :: spacing = 100.0_sp, theta = 300.0_sp
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp) :: reached(lanes, 2), departure(nx, nz), distance, warm
  integer :: n, i, k

  call grid%initialize(nx, nz, spacing)
  call neutral_column(grid, theta, spacing)
  call state%allocate_state(nx, nz)
  forcing = quiet_forcing(nz)
  options = crm_options(dt=2.0_sp, viscosity=0.0_sp, drag=0.0_sp, sponge_start=1.0_sp, moist=.false., work_of_buoyancy=.true.)
  do k = 1, nz
    do i = 1, nx
      distance = min(sqrt(((i - 0.5_sp - 0.5_sp*nx)*spacing/2000.0_sp)**2 + ((grid%z(1, k) - 2000.0_sp)/2000.0_sp)**2), 1.0_sp)
      warm = 2.0_sp*cos(0.5_sp*acos(-1.0_sp)*distance)**2
      ! The bubble is given in potential temperature; the model uses temperature: smaller by the Exner function.
      state%t(:, i, k) = theta - energy_origin + warm*(grid%pressure(:, k)/1.0e5_sp)**(gas_dry/cp)
      state%temperature(:, i, k) = state%t(:, i, k) + energy_origin - grid%geopotential(:, k)
    end do
  end do
  do n = 1, 500
    reached = 0.0_sp
    call step(grid, options, forcing, state, reached)
  end do
  do k = 1, nz
    departure(:, k) = state%temperature(1, :, k)*(1.0e5_sp/grid%pressure(1, k))**(gas_dry/cp) - theta
  end do
  write (*, '(3(a,f7.2))') 'warmest ', maxval(departure), ', up ', maxval(state%w(1, :, :)), ', down ', minval(state%w(1, :, :))
  call expect(maxval(departure) < 2.2_sp .and. maxval(departure) > 1.6_sp, 'warmest near 2.07 K')
  call expect(abs(maxval(state%w(1, :, :)) - 14.54_sp) < 1.0_sp, 'ascent near 14.54 m s-1')
  call expect(abs(minval(state%w(1, :, :)) + 8.58_sp) < 1.3_sp, 'descent near -8.58 m s-1')
  call expect(minval(departure) > -0.25_sp, 'nothing much colder than the air around')
  call finish()
end program crm_warm_bubble

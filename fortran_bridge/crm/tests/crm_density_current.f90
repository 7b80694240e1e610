!> The density current of Straka et al. (1993, Int. J. Numer. Meth. Fluids 17): cold air falls in a neutral atmosphere and
!> spreads, viscosity 75 m2 s-1, 100 m grid.  Their converged result at 900 s: front (-1 K) at 15.54 km, coldest -9.77 K;
!> the models they compare on 100 m range from 14.9 to 15.8 km and from -8.5 to -10.5 K.
program crm_density_current
  use check, only: expect, finish
  use columns, only: neutral_column, quiet_forcing
  use paramnet_crm_constants, only: cp, energy_origin, gas_dry, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  integer, parameter :: nx = 360, nz = 64
  real(sp), parameter :: spacing = 100.0_sp, theta = 300.0_sp
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp) :: reached(lanes, 2), departure(nx, nz), front, distance
  integer :: n, i, k

  call grid%initialize(nx, nz, spacing)
  call neutral_column(grid, theta, spacing)
  call state%allocate_state(nx, nz)
  forcing = quiet_forcing(nz)
  options = crm_options(dt=2.0_sp, viscosity=75.0_sp, drag=0.0_sp, sponge_start=1.0_sp, moist=.false., work_of_buoyancy=.true.)
  do k = 1, nz
    do i = 1, nx
      distance = sqrt(((i - 0.5_sp - 0.5_sp*nx)*spacing/4000.0_sp)**2 + ((grid%z(1, k) - 3000.0_sp)/2000.0_sp)**2)
      state%t(:, i, k) = theta - energy_origin
      if (distance <= 1.0_sp) state%t(:, i, k) = state%t(:, i, k) - 7.5_sp*(cos(acos(-1.0_sp)*distance) + 1.0_sp)
      state%temperature(:, i, k) = state%t(:, i, k) + energy_origin - grid%geopotential(:, k)
    end do
  end do
  do n = 1, 450
    reached = 0.0_sp
    call step(grid, options, forcing, state, reached)
  end do
  do k = 1, nz
    departure(:, k) = state%temperature(1, :, k)*(1.0e5_sp/grid%pressure(1, k))**(gas_dry/cp) - theta
  end do
  front = 0.0_sp
  do i = nx/2 + 1, nx
    if (any(departure(i, :) <= -1.0_sp)) front = (i - 0.5_sp*nx)*spacing
  end do
  write (*, '(a,f8.0,a,f7.2,a)') 'front at ', front, ' m, coldest ', minval(departure), ' K'
  call expect(abs(front - 15540.0_sp) < 650.0_sp, 'front within the published models of 15.54 km')
  call expect(abs(minval(departure) + 9.77_sp) < 1.0_sp, 'coldest air within 1 K of -9.77 K')
  call expect(maxval(abs(departure(1:nx/2, :) - departure(nx:nx/2 + 1:-1, :))) < 0.05_sp, 'left is the mirror of right')
  call finish()
end program crm_density_current

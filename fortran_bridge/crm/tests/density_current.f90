!> The density current of Straka et al. (1993): a cold bubble in neutral air, constant viscosity 75 m2 s-1, 100 m.
!> Published reference at 900 s: front 15.5 km from the centre, coldest air -9.77 K, four rotors.
program density_current
  use paramnet_crm_constants, only: cp, energy_origin, gas_dry, gravity, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  integer, parameter :: nx = 360, nz = 64
  real(sp), parameter :: dx = 100.0_sp, surface_temperature = 300.0_sp
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp) :: reached(lanes, 2), front, coldest, distance, t0
  integer :: n, i, k

  call grid%initialize(nx, nz, dx)
  call neutral_column(grid)
  call state%allocate_state(nx, nz)
  allocate (forcing%heating(lanes, nz), forcing%moistening(lanes, nz), forcing%acceleration(lanes, nz), source=0.0_sp)
  options = crm_options(dt=2.0_sp, viscosity=75.0_sp, drag=0.0_sp, sponge_start=1.0_sp, moist=.false., work_of_buoyancy=.true.)
  t0 = surface_temperature - energy_origin
  do k = 1, nz
    do i = 1, nx
      distance = sqrt(((i - 0.5_sp - 0.5_sp*nx)*dx/4000.0_sp)**2 + ((grid%z(1, k) - 3000.0_sp)/2000.0_sp)**2)
      state%t(:, i, k) = t0
      if (distance <= 1.0_sp) state%t(:, i, k) = t0 - 7.5_sp*(cos(acos(-1.0_sp)*distance) + 1.0_sp)
      state%temperature(:, i, k) = state%t(:, i, k) + energy_origin - grid%geopotential(:, k)
    end do
  end do
  do n = 1, 450
    call step(grid, options, forcing, state, reached)
    if (modulo(n, 150) == 0) write (*, '(a,i4,2(a,f8.3))') 't', n, ' coldest', minval(state%t(1, :, :)) - t0, &
      ' w', maxval(state%w(1, :, :))
  end do
  coldest = minval(potential_temperature(grid, state)) - surface_temperature
  front = 0.0_sp
  do i = nx/2 + 1, nx
    if (any(potential_departure(grid, state, i) <= -1.0_sp)) front = (i - 0.5_sp*nx)*dx
  end do
  write (*, '(2(a,f9.3))') 'front ', front, ' coldest ', coldest
contains
  subroutine neutral_column(g)
    type(crm_grid), intent(inout) :: g
    real(sp) :: interfaces(lanes, nz + 1), temperature(lanes, nz), exner
    integer :: j
    do j = 1, nz + 1
      exner = 1.0_sp - gravity*(j - 1)*100.0_sp/(cp*surface_temperature)
      interfaces(:, j) = 1.0e5_sp*exner**(cp/gas_dry)
    end do
    do j = 1, nz
      temperature(:, j) = surface_temperature*(1.0_sp - gravity*(j - 0.5_sp)*100.0_sp/(cp*surface_temperature))
    end do
    call g%set_column(interfaces, temperature, 0.0_sp*temperature)
    write (*, '(a,f9.2,a,f9.3)') 'top', g%z(1, nz), ' dz', g%dz(1, 1)
  end subroutine neutral_column
  function potential_temperature(g, s) result(theta)
    type(crm_grid), intent(in) :: g
    type(crm_state), intent(in) :: s
    real(sp) :: theta(nx, nz)
    integer :: j
    do j = 1, nz
      theta(:, j) = s%temperature(1, :, j)*(1.0e5_sp/g%pressure(1, j))**(gas_dry/cp)
    end do
  end function potential_temperature
  function potential_departure(g, s, point) result(departure)
    type(crm_grid), intent(in) :: g
    type(crm_state), intent(in) :: s
    integer, intent(in) :: point
    real(sp) :: departure(nz)
    departure = s%temperature(1, point, :)*(1.0e5_sp/g%pressure(1, :))**(gas_dry/cp) - surface_temperature
  end function potential_departure
end program density_current

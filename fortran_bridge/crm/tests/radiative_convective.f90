program radiative_convective
  use paramnet_crm_constants
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  use paramnet_crm_saturation, only: saturation_mixing_ratio, adjust
  implicit none
  integer :: nx = 8, nz = 24, days = 20
  real(sp), parameter :: dx = 4000.0_sp, sst = 300.0_sp, wind = 5.0_sp
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(sp), allocatable :: reached(:, :), interfaces(:, :), zi(:), temperature(:, :), vapour(:, :)
  real(sp) :: qs(lanes), qi(lanes), cooled(lanes), r, z
  real(dp) :: evaporated(lanes), heated(lanes), fell(lanes, 2), water0(lanes), energy0(lanes), water1(lanes), energy1(lanes), seconds
  integer :: n, i, k, day, clock0, clock1, rate
  character(len=16) :: arg
  if (command_argument_count() >= 1) then
    call get_command_argument(1, arg); read (arg, *) days
  end if
  if (command_argument_count() >= 2) then
    call get_command_argument(2, arg); read (arg, *) nx
  end if
  allocate (reached(lanes, 2), interfaces(lanes, nz + 1), zi(nz + 1), temperature(lanes, nz), vapour(lanes, nz))
  call grid%initialize(nx, nz, dx)
  ! heights: from 100 m, stretching to 20 km
  r = 1.17_sp
  do n = 1, 60
    zi(1) = 0.0
    do k = 1, nz
      zi(k + 1) = zi(k) + min(100.0_sp*r**(k - 1), 1200.0_sp)
    end do
    r = r*(20000.0_sp/zi(nz + 1))**0.05
  end do
  write (*, '(a,*(f8.0))') 'zi', zi
  interfaces(:, 1) = 1.0e5_sp
  do k = 1, nz
    z = 0.5*(zi(k) + zi(k + 1))
    temperature(:, k) = max(298.5_sp - 0.0067_sp*z, 200.0_sp)
    interfaces(:, k + 1) = interfaces(:, k)*exp(-gravity*(zi(k + 1) - zi(k))/(gas_dry*temperature(:, k)))
    call saturation_mixing_ratio(temperature(:, k), 0.5*(interfaces(:, k) + interfaces(:, k + 1)), qs, qi)
    vapour(:, k) = 0.8_sp*exp(-z/8000.)*min(qs, qi)
    if (z > 14000.) vapour(:, k) = 2.0e-6
  end do
  call grid%set_column(interfaces, temperature, vapour)
  call state%allocate_state(nx, nz)
  allocate (forcing%heating(lanes, nz), forcing%moistening(lanes, nz), forcing%acceleration(lanes, nz), source=0.0_sp)
  do k = 1, nz
    do i = 1, nx
      do n = 1, lanes
        call random_number(z)
        state%t(n, i, k) = temperature(n, k) + grid%geopotential(n, k) - energy_origin + merge(0.2*(z - 0.5), 0.0, k <= 5)
        state%qt(n, i, k) = vapour(n, k)
      end do
    end do
    forcing%heating(:, k) = -1.5_sp/86400.0_sp*min(max((grid%pressure(:, k) - 15000.)/10000., 0.0), 1.0)
  end do
  do k = 1, nz
    state%temperature(:, :, k) = spread(temperature(:, k), 2, nx)
  end do
  call adjust(grid, state%t, state%qt, state%qp, state%temperature, state%cloud, 6)
    seconds = 0
  do day = 1, days
    fell = 0; evaporated = 0; heated = 0
    call sums(water0, energy0)
    call system_clock(clock0, rate)
    do n = 1, 4320
      call saturation_mixing_ratio(spread(sst, 1, lanes), spread(1.0e5_sp, 1, lanes), qs, qi)
      forcing%sensible_heat = 1.3e-3_sp*wind*cp*grid%rho(:, 1)*(sst - sum(state%temperature(:, :, 1), 2)/nx - grid%geopotential(:, 1))
      forcing%evaporation = 1.3e-3_sp*wind*grid%rho(:, 1)*(qs - sum(state%qt(:, :, 1), 2)/nx)
      evaporated = evaporated + forcing%evaporation*options%dt
      heated = heated + forcing%sensible_heat*options%dt
      reached = 0
      call step(grid, options, forcing, state, reached)
      fell = fell + reached
    end do
    call system_clock(clock1)
    seconds = real(clock1 - clock0, dp)/rate
    call sums(water1, energy1)
    cooled = 0
    do k = 1, nz
      cooled = cooled + real(grid%mass(:, k))*cp*forcing%heating(:, k)*86400.
    end do
    write (*, '(a,i4,a,2f7.2,a,f7.2,a,f7.1,a,f7.3,2(a,es10.2),a,f6.1,2(a,f7.2),a,f7.4)') 'day', day, ' rain', &
      sum(fell)/lanes, fell(1, 1) + fell(1, 2), ' evap', &
      sum(evaporated)/lanes, ' shf', sum(heated)/lanes/86400., ' pw', sum(water1)/lanes, ' water res', &
      maxval(abs(water1 - water0 - evaporated + sum(fell, 2))), ' energy res W', &
      maxval(abs(energy1 - energy0 - heated - cooled - latent_evaporation*fell(:, 1) - latent_sublimation*fell(:, 2)))/86400., &
      ' wmax', maxval(state%w), ' T1', sum(state%temperature(:, :, 1))/lanes/nx, ' Ttrop', sum(state%temperature(:, :, 15))/lanes/nx, &
      ' us', seconds*1e6/(4320.*lanes*nx*nz)
  end do
  do k = nz, 1, -1
    write (*, '(f8.0,f9.0,f8.2,f9.4,3es10.2,f8.2)') grid%z(1, k), grid%pressure(1, k), sum(state%temperature(:, :, k))/lanes/nx, 1e3*sum(state%qt(:, :, k) - state%cloud(:, :, k))/lanes/nx, &
      sum(state%cloud(:, :, k))/lanes/nx, sum(state%qp(:, :, k))/lanes/nx, sum(abs(state%w(:, :, k)))/lanes/nx, sum(abs(state%u(:, :, k)))/lanes/nx
  end do
contains
  subroutine sums(water, energy)
    real(dp), intent(out) :: water(lanes), energy(lanes)
    integer :: j
    water = 0; energy = 0
    do j = 1, nz
      water = water + grid%mass(:, j)*sum(real(state%qt(:, :, j), dp) + state%qp(:, :, j), 2)/nx
      energy = energy + grid%mass(:, j)*cp*sum(real(state%t(:, :, j), dp), 2)/nx
    end do
  end subroutine
end program

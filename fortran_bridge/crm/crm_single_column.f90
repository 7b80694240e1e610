!> The cloud-resolving model by itself: radiative-convective equilibrium over a sea, with prescribed cooling.
!>
!>   crm_single_column [settings.nml]        the group &single_column; every name has a default
!>
!> Prints one line per day (rain, evaporation, residuals of water and energy, cost per cell and step). At the end it writes
!> the mean profile of the last half of the run to output (default: crm_profile.txt).  Sixteen members, each with its own noise.
program crm_single_column
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  use paramnet_crm_acceleration, only: accelerated_step
  use paramnet_crm_constants, only: cp, dp, energy_origin, gas_dry, gravity, lanes, latent_evaporation, latent_sublimation, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: adjust, saturation_mixing_ratio
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing
  implicit none
  integer :: nx = 8, nz = 24, days = 30, seed = 1
  real(sp) :: dx = 4000.0_sp, dt = 20.0_sp, sea_temperature = 300.0_sp, wind = 5.0_sp, cooling = 1.5_sp, top = 20000.0_sp
  real(sp) :: acceleration = 1.0_sp
  character(len=256) :: output = 'crm_profile.txt'
  namelist /single_column/ nx, nz, days, seed, dx, dt, sea_temperature, wind, cooling, top, acceleration, output
  type(crm_grid) :: grid
  type(crm_state) :: state
  type(crm_options) :: options
  type(crm_forcing) :: forcing
  real(dp), allocatable :: profile(:, :)
  integer :: day

  call read_settings()
  call set_up()
  allocate (profile(nz, 4), source=0.0_dp)
  write (*, '(a)') ' day   rain  evaporation  [mm day-1]   open: water [kg m-2]  energy [W m-2]   us per cell and step'
  do day = 1, days
    call run_day(day)
  end do
  call write_profile()

contains

  subroutine read_settings()
    character(len=256) :: path, problem
    integer :: unit, status

    if (command_argument_count() == 0) return
    call get_command_argument(1, path)
    open (newunit=unit, file=path, status='old', action='read', iostat=status, iomsg=problem)
    if (status == 0) read (unit, nml=single_column, iostat=status, iomsg=problem)
    if (status /= 0) then
      write (error_unit, '(4a)') trim(path), ': expected a group &single_column, got: ', trim(problem), &
        '; names: nx nz days seed dx dt sea_temperature wind cooling top acceleration output'
      error stop 1
    end if
    close (unit)
  end subroutine read_settings

  !> Layers 100 m thick at the ground, each thicker than the one below by the same factor, up to `top`.
  subroutine set_up()
    real(sp) :: interfaces(lanes, nz + 1), temperature(lanes, nz), vapour(lanes, nz), over_water(lanes), over_ice(lanes)
    real(sp) :: growth, height, thickness, noise(lanes)
    integer :: i, k

    growth = 1.0_sp
    do i = 1, 200
      growth = growth*(top/(100.0_sp*sum([(growth**(k - 1), k=1, nz)])))**(1.0_sp/nz)
    end do
    interfaces(:, 1) = 1.0e5_sp
    height = 0.0_sp
    do k = 1, nz
      thickness = 100.0_sp*growth**(k - 1)
      temperature(:, k) = max(sea_temperature - 1.5_sp - 0.0067_sp*(height + 0.5_sp*thickness), 200.0_sp)
      interfaces(:, k + 1) = interfaces(:, k)*exp(-gravity*thickness/(gas_dry*temperature(:, k)))
      call saturation_mixing_ratio(temperature(:, k), interfaces(:, k), over_water, over_ice)
      vapour(:, k) = merge(0.8_sp*exp(-height/8000.0_sp)*min(over_water, over_ice), 2.0e-6_sp, height < 14000.0_sp)
      height = height + thickness
    end do
    call grid%initialize(nx, nz, dx)
    call grid%set_column(interfaces, temperature, vapour)
    call state%allocate_state(nx, nz)
    options%dt = dt
    allocate (forcing%heating(lanes, nz), forcing%moistening(lanes, nz), forcing%acceleration(lanes, nz), source=0.0_sp)
    call random_seed(put=[(seed + 37*k, k=1, 64)])
    do k = 1, nz
      forcing%heating(:, k) = -cooling/86400.0_sp*min(max((grid%pressure(:, k) - 1.5e4_sp)/1.0e4_sp, 0.0_sp), 1.0_sp)
      do i = 1, nx
        call random_number(noise)
        state%t(:, i, k) = temperature(:, k) + grid%geopotential(:, k) - energy_origin
        if (k <= 5) state%t(:, i, k) = state%t(:, i, k) + 0.2_sp*(noise - 0.5_sp)
        state%qt(:, i, k) = vapour(:, k)
        state%temperature(:, i, k) = temperature(:, k)
      end do
    end do
    call adjust(grid, state%t, state%qt, state%qp, state%temperature, state%cloud, 6)
  end subroutine set_up

  subroutine run_day(number)
    integer, intent(in) :: number
    real(sp) :: reached(lanes, 2), over_water(lanes), over_ice(lanes), exchange
    real(dp) :: interval, evaporated(lanes), heated(lanes), fallen(lanes, 2), water(lanes), energy(lanes), seconds
    integer(int64) :: began, ended, rate
    integer :: n, steps

    interval = real(dt, dp)*acceleration
    steps = nint(86400.0_dp/interval)
    water = column(state%qt) + column(state%qp)
    energy = cp*column(state%t)
    evaporated = 0.0_dp
    heated = 0.0_dp
    fallen = 0.0_dp
    exchange = 1.3e-3_sp*wind
    call saturation_mixing_ratio(spread(sea_temperature, 1, lanes), spread(1.0e5_sp, 1, lanes), over_water, over_ice)
    call system_clock(began, rate)
    do n = 1, steps
      forcing%sensible_heat = exchange*cp*grid%rho(:, 1) &
                              *(sea_temperature - sum(state%temperature(:, :, 1), 2)/nx - grid%geopotential(:, 1))
      forcing%evaporation = exchange*grid%rho(:, 1)*(over_water - sum(state%qt(:, :, 1), 2)/nx)
      evaporated = evaporated + interval*forcing%evaporation
      heated = heated + interval*forcing%sensible_heat
      reached = 0.0_sp
      call accelerated_step(grid, options, acceleration, forcing, state, reached)
      fallen = fallen + reached
    end do
    call system_clock(ended)
    seconds = real(ended - began, dp)/rate
    water = column(state%qt) + column(state%qp) - water - evaporated + sum(fallen, 2)
    energy = cp*column(state%t) - energy - heated - steps*interval*cp*sum(grid%mass*forcing%heating, 2) &
             - latent_evaporation*fallen(:, 1) - latent_sublimation*fallen(:, 2)
    write (*, '(i4,f8.3,f9.3,t48,es9.1,es16.1,f18.4)') number, sum(fallen)/lanes, sum(evaporated)/lanes, maxval(abs(water)), &
      maxval(abs(energy))/86400.0_dp, 1.0e6_dp*seconds/(real(steps, dp)*lanes*nx*nz)
    if (2*number > days) call gather()
  end subroutine run_day

  !> Mass-weighted column integral of a mean over x.
  function column(q) result(total)
    real(sp), intent(in) :: q(lanes, nx, nz)
    real(dp) :: total(lanes)

    total = sum(grid%mass*sum(real(q, dp), 2)/nx, 2)
  end function column

  subroutine gather()
    integer :: k

    do k = 1, nz
      profile(k, :) = profile(k, :) + [sum(real(state%temperature(:, :, k), dp)), &
                                       sum(real(state%qt(:, :, k), dp) - state%cloud(:, :, k)), &
                                       sum(real(state%cloud(:, :, k), dp)), sum(real(state%qp(:, :, k), dp))]/(lanes*nx)
    end do
  end subroutine gather

  subroutine write_profile()
    integer :: unit, k

    profile = profile/(days - days/2)
    open (newunit=unit, file=trim(output), action='write')
    write (unit, '(a)') '# height_m pressure_Pa temperature_K vapour_kg_kg-1 cloud_kg_kg-1 precipitating_water_kg_kg-1'
    do k = 1, nz
      write (unit, '(f9.1,f10.1,f9.3,3es12.4)') grid%z(1, k), grid%pressure(1, k), profile(k, :)
    end do
    close (unit)
    write (*, '(2a)') 'profile: ', trim(output)
  end subroutine write_profile
end program crm_single_column

!> Superparameterization of a block of host columns: the host's changes force the model's mean, and the model's own change
!> of the mean is returned to the host (Grabowski 2001; Khairoutdinov & Randall 2001).
!>
!> The host carries temperature and vapour; cloud and precipitation are kept in the model from call to call.
!> Vapour gain of the host's layers + storage in the model + surface precipitation = 0: see `budget`.
module paramnet_crm_column
  use paramnet_crm_acceleration, only: accelerated_step, mean_of
  use paramnet_crm_constants, only: dp, energy_origin, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_remap, only: layer_map
  use paramnet_crm_saturation, only: adjust, liquid_share
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing
  implicit none
  private
  public :: crm_block, crm_host_state, crm_result

  !> Input from the host, on its levels from the top down.
  type :: crm_host_state
    real(dp) :: surface_pressure(lanes) = 0.0_dp                                  ! Pa
    real(dp), allocatable :: temperature(:, :), vapour(:, :), wind(:, :)          ! (lanes, levels) K, kg kg-1, m s-1
    real(dp) :: sensible_heat(lanes) = 0.0_dp, evaporation(lanes) = 0.0_dp        ! W m-2, kg m-2 s-1: 0 where the host has
  end type crm_host_state                                                         ! already put them into its state

  !> Output to the host: rates over the interval, on its levels from the top down.
  type :: crm_result
    real(dp), allocatable :: heating(:, :), moistening(:, :)   ! (lanes, levels) K s-1, kg kg-1 s-1
    real(dp), allocatable :: cloud_cover(:, :)                 ! (lanes, levels) 0..1
    real(dp), allocatable :: cloud_liquid(:, :), cloud_ice(:, :) ! (lanes, levels) kg kg-1, mean over the layer
    real(dp) :: rain(lanes) = 0.0_dp, snow(lanes) = 0.0_dp     ! kg m-2 s-1
  end type crm_result

  real(sp), parameter :: cloudy = 1.0e-5_sp                    ! kg kg-1 of cloud above which a cell is cloudy

  type :: crm_block
    type(crm_grid) :: grid
    type(crm_state) :: state
    type(crm_options) :: options
    type(layer_map) :: map
    real(dp), allocatable :: sigma(:)                          ! (nz + 1) the model's interfaces, from the ground up
    real(sp) :: acceleration = 1.0_sp                          ! of the mean state (Jones et al. 2015)
    real(dp) :: water_open(lanes) = 0.0_dp                     ! kg m-2: residual of the last call's water budget
  contains
    procedure :: initialize
    procedure :: start
    procedure :: advance
    procedure :: means
  end type crm_block

contains

  !> host_sigma : the host's interfaces from the top down; sigma : the model's from the ground up.
  subroutine initialize(self, nx, dx, sigma, host_sigma, options, acceleration)
    class(crm_block), intent(inout) :: self
    integer, intent(in) :: nx
    real(sp), intent(in) :: dx
    real(dp), intent(in) :: sigma(:), host_sigma(:)
    type(crm_options), intent(in) :: options
    real(sp), intent(in) :: acceleration

    self%sigma = sigma
    self%options = options
    self%acceleration = acceleration
    call self%map%initialize(host_sigma, sigma)
    call self%grid%initialize(nx, size(sigma) - 1, dx)
    call self%state%allocate_state(nx, size(sigma) - 1)
  end subroutine initialize

  !> Start from the host's profiles, with noise (lanes, nx; K) in the lowest five layers to break the symmetry.
  subroutine start(self, host, noise)
    class(crm_block), intent(inout) :: self
    type(crm_host_state), intent(in) :: host
    real(sp), intent(in) :: noise(:, :)
    real(dp) :: temperature(lanes, self%grid%nz), vapour(lanes, self%grid%nz), wind(lanes, self%grid%nz)
    integer :: i, k

    temperature = self%map%to_model(host%temperature)
    vapour = self%map%to_model(host%vapour)
    wind = self%map%to_model(host%wind)
    call place(self, host, real(temperature, sp), real(vapour, sp))
    do k = 1, self%grid%nz
      do i = 1, self%grid%nx
        self%state%t(:, i, k) = real(temperature(:, k) - energy_origin, sp) + self%grid%geopotential(:, k)
        if (k <= 5) self%state%t(:, i, k) = self%state%t(:, i, k) + noise(:, i)
        self%state%qt(:, i, k) = real(max(vapour(:, k), 0.0_dp), sp)
        self%state%u(:, i, k) = real(wind(:, k), sp)
        self%state%temperature(:, i, k) = real(temperature(:, k), sp)
      end do
    end do
    call adjust(self%grid, self%state%t, self%state%qt, self%state%qp, self%state%temperature, self%state%cloud, 6)
  end subroutine start

  !> Mean temperature and vapour on the host's levels (lanes, levels); the host's own where the model does not reach.
  subroutine means(self, host, temperature, vapour)
    class(crm_block), intent(in) :: self
    type(crm_host_state), intent(in) :: host
    real(dp), intent(out) :: temperature(:, :), vapour(:, :)

    temperature = self%map%to_host(mean_of(self%state%temperature), host%temperature)
    vapour = self%map%to_host(mean_of(self%state%qt) - mean_of(self%state%cloud), host%vapour)
  end subroutine means

  !> Set the grid from the host's surface pressure and these profiles.
  subroutine place(self, host, temperature, vapour)
    class(crm_block), intent(inout) :: self
    type(crm_host_state), intent(in) :: host
    real(sp), intent(in) :: temperature(:, :), vapour(:, :)
    real(sp) :: interfaces(lanes, self%grid%nz + 1)
    integer :: k

    do k = 1, self%grid%nz + 1
      interfaces(:, k) = real(self%sigma(k)*host%surface_pressure, sp)
    end do
    call self%grid%set_column(interfaces, temperature, vapour)
  end subroutine place

  !> Advance the block by `interval` seconds; the host's state is the one at its end without convection.
  subroutine advance(self, host, interval, result)
    class(crm_block), intent(inout) :: self
    type(crm_host_state), intent(in) :: host
    real(dp), intent(in) :: interval
    type(crm_result), intent(inout) :: result
    type(crm_forcing) :: forcing
    type(crm_options) :: options
    real(dp) :: water(lanes)
    real(sp) :: reached(lanes, 2), fallen(lanes, 2)
    integer :: n, steps

    call lift(self, host)
    call set_forcing(self, host, interval, forcing)
    water = vapour_column(self) + condensate(self)
    steps = ceiling(interval/(self%options%dt*self%acceleration) - 1.0e-6_dp)
    options = self%options
    options%dt = real(interval/(steps*self%acceleration), sp)
    fallen = 0.0_sp
    self%state%steps = 0   ! tendencies of the last call belong to another grid
    do n = 1, steps
      reached = 0.0_sp
      call accelerated_step(self%grid, options, self%acceleration, forcing, self%state, reached)
      fallen = fallen + reached
    end do
    call compare(self, host, interval, result)
    result%rain = real(fallen(:, 1), dp)/interval
    result%snow = real(fallen(:, 2), dp)/interval
    self%water_open = vapour_column(self) + condensate(self) - water + sum(real(fallen, dp), 2) &
                      - interval*(host%evaporation + forced_water(self, forcing))
  end subroutine advance

  !> Adjust to a new surface pressure: temperature and water stay, static energy follows the layers' heights.
  subroutine lift(self, host)
    class(crm_block), intent(inout) :: self
    type(crm_host_state), intent(in) :: host
    real(sp) :: before(lanes, self%grid%nz)
    integer :: i, k

    before = self%grid%geopotential
    call place(self, host, sum(self%state%temperature, 2)/self%grid%nx, &
               sum(self%state%qt - self%state%cloud, 2)/self%grid%nx)
    do k = 1, self%grid%nz
      do i = 1, self%grid%nx
        self%state%t(:, i, k) = self%state%t(:, i, k) + (self%grid%geopotential(:, k) - before(:, k))
      end do
    end do
  end subroutine lift

  !> Forcing that brings the model's mean, including the wind, to the host's state within the interval.
  subroutine set_forcing(self, host, interval, forcing)
    class(crm_block), intent(in) :: self
    type(crm_host_state), intent(in) :: host
    real(dp), intent(in) :: interval
    type(crm_forcing), intent(out) :: forcing
    real(dp) :: mean(lanes, self%grid%nz)

    mean = mean_of(self%state%temperature)
    forcing%heating = real(self%map%to_model(host%temperature - self%map%to_host(mean, host%temperature))/interval, sp)
    mean = mean_of(self%state%qt) - mean_of(self%state%cloud)
    forcing%moistening = real(self%map%to_model(host%vapour - self%map%to_host(mean, host%vapour))/interval, sp)
    mean = mean_of(self%state%u)
    forcing%acceleration = real((self%map%to_model(host%wind) - mean)/interval, sp)
    forcing%sensible_heat = real(host%sensible_heat, sp)
    forcing%evaporation = real(host%evaporation, sp)
  end subroutine set_forcing

  !> The model's own change of the mean (its difference from the host's state, towards which it was forced), and its
  !> clouds, on the host's levels.
  subroutine compare(self, host, interval, result)
    class(crm_block), intent(in) :: self
    type(crm_host_state), intent(in) :: host
    real(dp), intent(in) :: interval
    type(crm_result), intent(inout) :: result
    real(dp) :: mean(lanes, self%grid%nz), nothing(lanes, self%map%host_levels)

    nothing = 0.0_dp
    mean = mean_of(self%state%temperature)
    result%heating = (self%map%to_host(mean, host%temperature) - host%temperature)/interval
    mean = mean_of(self%state%qt) - mean_of(self%state%cloud)
    result%moistening = (self%map%to_host(mean, host%vapour) - host%vapour)/interval
    mean = sum(merge(1.0_dp, 0.0_dp, self%state%cloud > cloudy), 2)/self%grid%nx
    result%cloud_cover = self%map%to_host(mean, nothing)
    mean = mean_of(liquid_cloud(self%state))
    result%cloud_liquid = self%map%to_host(mean, nothing)
    result%cloud_ice = self%map%to_host(mean_of(self%state%cloud) - mean, nothing)
  end subroutine compare

  pure function liquid_cloud(state) result(liquid)
    type(crm_state), intent(in) :: state
    real(sp) :: liquid(lanes, size(state%cloud, 2), size(state%cloud, 3))
    integer :: i, k

    do k = 1, size(liquid, 3)
      do i = 1, size(liquid, 2)
        liquid(:, i, k) = liquid_share(state%temperature(:, i, k))*state%cloud(:, i, k)
      end do
    end do
  end function liquid_cloud

  pure function vapour_column(self) result(water)
    class(crm_block), intent(in) :: self
    real(dp) :: water(lanes)

    water = sum(self%grid%mass*(mean_of(self%state%qt) - mean_of(self%state%cloud)), 2)
  end function vapour_column

  pure function condensate(self) result(water)
    class(crm_block), intent(in) :: self
    real(dp) :: water(lanes)

    water = sum(self%grid%mass*(mean_of(self%state%cloud) + mean_of(self%state%qp)), 2)
  end function condensate

  pure function forced_water(self, forcing) result(rate)
    class(crm_block), intent(in) :: self
    type(crm_forcing), intent(in) :: forcing
    real(dp) :: rate(lanes)

    rate = sum(self%grid%mass*forcing%moistening, 2)
  end function forced_water
end module paramnet_crm_column

!> The grid of a block of columns: x periodic, z on layers of given pressure, air at rest in hydrostatic balance.
!>
!> Level 1 is the lowest; interface k is the lower edge of layer k.  The anelastic density of a layer is its mass over
!> its thickness, so that masses are exactly those of the host's pressure layers.
module paramnet_crm_grid
  use paramnet_crm_constants, only: cp, dp, gas_dry, gas_vapour, gravity, lanes, sp
  implicit none
  private
  public :: crm_grid

  type :: crm_grid
    integer :: nx = 0, nz = 0
    real(sp) :: dx = 0.0_sp                                ! m
    integer, allocatable :: west(:), east(:)               ! periodic neighbours
    real(sp), allocatable :: pressure(:, :)                ! (lanes, nz) Pa
    real(sp), allocatable :: z(:, :), dz(:, :)             ! (lanes, nz) m: height of the middle, thickness
    real(sp), allocatable :: dz_interface(:, :)            ! (lanes, nz + 1) m: between neighbouring middles
    real(sp), allocatable :: rho(:, :)                     ! (lanes, nz) kg m-3
    real(sp), allocatable :: rho_interface(:, :)           ! (lanes, nz + 1)
    real(sp), allocatable :: geopotential(:, :)            ! (lanes, nz) K: g z / cp
    real(dp), allocatable :: mass(:, :)                    ! (lanes, nz) kg m-2
    ! Reciprocals, as divisions are slow: of dx, of rho dz, of dz, of dz_interface and of rho_interface.
    real(sp) :: inverse_dx = 0.0_sp
    real(sp), allocatable, dimension(:, :) :: inverse_mass, inverse_dz, inverse_dz_interface, inverse_rho_interface
    real(sp), allocatable :: to_modes(:, :)                ! (nx, nx) real orthonormal basis: point, mode
    real(sp), allocatable :: upper(:, :, :), inverse(:, :, :), lower(:, :)  ! the factored vertical operator, by mode
  contains
    procedure :: initialize
    procedure :: set_column
  end type crm_grid

contains

  !> Sizes: nx points `dx` metres apart, nz layers.
  subroutine initialize(self, nx, nz, dx)
    class(crm_grid), intent(inout) :: self
    integer, intent(in) :: nx, nz
    real(sp), intent(in) :: dx
    integer :: i

    self%nx = nx
    self%nz = nz
    self%dx = dx
    self%inverse_dx = 1.0_sp/dx
    self%west = [(modulo(i - 2, nx) + 1, i = 1, nx)]
    self%east = [(modulo(i, nx) + 1, i = 1, nx)]
    allocate (self%pressure(lanes, nz), self%z(lanes, nz), self%dz(lanes, nz), self%rho(lanes, nz))
    allocate (self%geopotential(lanes, nz), self%mass(lanes, nz))
    allocate (self%dz_interface(lanes, nz + 1), self%rho_interface(lanes, nz + 1))
    allocate (self%inverse_mass(lanes, nz), self%inverse_dz(lanes, nz))
    allocate (self%inverse_dz_interface(lanes, nz + 1), self%inverse_rho_interface(lanes, nz + 1))
    allocate (self%upper(lanes, nx, nz), self%inverse(lanes, nx, nz), self%lower(lanes, nz))
    self%to_modes = transpose(fourier_basis(nx))
  end subroutine initialize

  !> Layers between `interface_pressure` (lanes, nz + 1; Pa, decreasing) of temperature (lanes, nz; K) and vapour
  !> (lanes, nz; kg kg-1): heights, densities and the factors of the pressure equation.
  subroutine set_column(self, interface_pressure, temperature, vapour)
    class(crm_grid), intent(inout) :: self
    real(sp), intent(in) :: interface_pressure(:, :), temperature(:, :), vapour(:, :)
    real(dp) :: bottom(lanes), thickness(lanes), virtual(lanes), difference(lanes)
    integer :: k

    bottom = 0.0_dp
    do k = 1, self%nz
      difference = real(interface_pressure(:, k), dp) - real(interface_pressure(:, k + 1), dp)
      virtual = temperature(:, k)*(1.0_dp + (gas_vapour/gas_dry - 1.0_dp)*vapour(:, k))
      thickness = gas_dry*virtual/gravity*log(real(interface_pressure(:, k), dp)/interface_pressure(:, k + 1))
      self%mass(:, k) = difference/gravity
      self%dz(:, k) = real(thickness, sp)
      self%z(:, k) = real(bottom + 0.5_dp*thickness, sp)
      self%geopotential(:, k) = gravity*self%z(:, k)/cp
      ! The pressure at which the layer's mean density holds; (dp/dlnp) is within 1e-4 of the middle here.
      self%pressure(:, k) = real(difference/log(real(interface_pressure(:, k), dp)/interface_pressure(:, k + 1)), sp)
      self%rho(:, k) = real(self%mass(:, k)/thickness, sp)
      bottom = bottom + thickness
    end do
    call set_interfaces(self)
    call factor_vertical_operator(self)
  end subroutine set_column

  subroutine set_interfaces(self)
    class(crm_grid), intent(inout) :: self
    integer :: k

    associate (nz => self%nz, dz => self%dz, rho => self%rho)
      do k = 2, nz
        self%dz_interface(:, k) = 0.5_sp*(dz(:, k) + dz(:, k - 1))
        self%rho_interface(:, k) = (rho(:, k)*dz(:, k - 1) + rho(:, k - 1)*dz(:, k))/(dz(:, k) + dz(:, k - 1))
      end do
      self%dz_interface(:, 1) = dz(:, 1)
      self%dz_interface(:, nz + 1) = dz(:, nz)
      self%rho_interface(:, 1) = 2.0_sp*rho(:, 1) - self%rho_interface(:, 2)
      self%rho_interface(:, nz + 1) = max(2.0_sp*rho(:, nz) - self%rho_interface(:, nz), 0.1_sp*rho(:, nz))
      self%inverse_mass = 1.0_sp/(rho*dz)
      self%inverse_dz = 1.0_sp/dz
    end associate
    self%inverse_dz_interface = 1.0_sp/self%dz_interface
    self%inverse_rho_interface = 1.0_sp/self%rho_interface
  end subroutine set_interfaces

  !> Thomas factors of (1/rho) d/dz (rho d phi/dz) + eigenvalue phi for every mode except the mean (mode 1), which the
  !> rigid lids determine without a pressure.
  subroutine factor_vertical_operator(self)
    class(crm_grid), intent(inout) :: self
    real(dp) :: below(lanes), above(lanes), pivot(lanes), eigenvalue
    real(dp) :: previous(lanes)
    integer :: mode, k

    associate (nz => self%nz, rho => self%rho, dz => self%dz, rho_i => self%rho_interface, dz_i => self%dz_interface)
      do k = 1, nz
        self%lower(:, k) = 0.0_sp
        if (k > 1) self%lower(:, k) = rho_i(:, k)/(rho(:, k)*dz(:, k)*dz_i(:, k))
      end do
      do mode = 2, self%nx
        eigenvalue = -4.0_dp*sin(acos(-1.0_dp)*(mode/2)/self%nx)**2/real(self%dx, dp)**2
        previous = 0.0_dp
        do k = 1, nz
          below = self%lower(:, k)
          above = 0.0_dp
          if (k < nz) above = rho_i(:, k + 1)/(rho(:, k)*dz(:, k)*dz_i(:, k + 1))
          pivot = eigenvalue - below - above - below*previous
          previous = above/pivot
          self%inverse(:, mode, k) = real(1.0_dp/pivot, sp)
          self%upper(:, mode, k) = real(previous, sp)
        end do
      end do
    end associate
  end subroutine factor_vertical_operator

  !> Rows: the mean, then cosine and sine of every wavenumber, orthonormal.
  pure function fourier_basis(nx) result(basis)
    integer, intent(in) :: nx
    real(sp) :: basis(nx, nx)
    real(dp) :: angle, scale
    integer :: mode, i

    do i = 1, nx
      do mode = 1, nx
        angle = 2.0_dp*acos(-1.0_dp)*(mode/2)*(i - 1)/nx
        scale = sqrt(merge(1.0_dp, 2.0_dp, mode == 1 .or. (mode == nx .and. modulo(nx, 2) == 0))/nx)
        basis(mode, i) = real(scale*merge(cos(angle), sin(angle), modulo(mode, 2) == 0 .or. mode == 1), sp)
      end do
    end do
  end function fourier_basis
end module paramnet_crm_grid

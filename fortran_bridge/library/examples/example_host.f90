!> A host model in miniature, shared by the examples from 03 on: columns on the scheme's grid, and its own convection
!> scheme to fall back on.  In your model these are the arrays you already have.
module example_host
  use, intrinsic :: iso_fortran_env, only: real64
  use paramnet, only: paramnet_scheme
  implicit none
  private
  public :: host_columns

  type :: host_columns
    real(real64), allocatable :: temperature(:, :), humidity(:, :)                            ! K, kg kg-1 (column, level)
    real(real64), allocatable :: dt_so_far(:, :), dq_so_far(:, :), dq_advection(:, :)         ! K s-1, kg kg-1 s-1
    real(real64), allocatable :: pressure(:), surface_temperature(:), surface_humidity(:)     ! Pa, K, kg kg-1 (column)
    real(real64), allocatable :: heating(:, :), moistening(:, :), rain(:, :)                  ! K s-1, kg kg-1 s-1
    real(real64), allocatable :: a(:), b(:)                                                   ! level pressure = a + b ps
  contains
    procedure :: make
    procedure :: connect
    procedure :: own_convection
  end type host_columns

contains

  !> `columns` columns of different warmth and moisture; the first is column offset + 1 of the globe.
  subroutine make(self, columns, levels, offset)
    class(host_columns), intent(inout) :: self
    integer, intent(in) :: columns, levels, offset
    integer :: i, k

    self%b = [((k - 0.5_real64) / levels, k=1, levels)]  ! replaced by the scheme's grid in connect
    self%a = 0 * self%b
    allocate (self%temperature(columns, levels), self%humidity(columns, levels))
    allocate (self%dt_so_far(columns, levels), self%dq_so_far(columns, levels), self%dq_advection(columns, levels))
    allocate (self%heating(columns, levels), self%moistening(columns, levels), self%rain(columns, levels))
    allocate (self%pressure(columns), self%surface_temperature(columns), self%surface_humidity(columns))
    self%dt_so_far = 0
    self%dq_so_far = 0
    self%dq_advection = 0
    self%pressure = 98000
    self%surface_temperature = [(275 + 0.37_real64 * mod(offset + i, 67), i=1, columns)]
    self%surface_humidity = 0.016_real64 * exp((self%surface_temperature - 300) / 15)
  end subroutine make

  !> Binds every array to the scheme by name and units, and checks that both use the same levels.
  subroutine connect(self, scheme)
    class(host_columns), intent(inout), target :: self
    type(paramnet_scheme), intent(inout) :: scheme
    integer :: k

    call scheme%vertical_grid(self%a, self%b)  ! a real host has its own a and b
    do k = 1, size(self%b)
      self%temperature(:, k) = self%surface_temperature * self%b(k)**0.19_real64
      self%humidity(:, k) = self%surface_humidity * self%b(k)**3
    end do
    call scheme%declare_grid(self%a, self%b)
    call scheme%bind_input('air_temperature', 'K', self%temperature)
    call scheme%bind_input('specific_humidity', 'kg kg-1', self%humidity)
    call scheme%bind_input('tendency_of_air_temperature_so_far', 'K s-1', self%dt_so_far)
    call scheme%bind_input('tendency_of_specific_humidity_so_far', 'kg kg-1 s-1', self%dq_so_far)
    call scheme%bind_input('tendency_of_specific_humidity_due_to_advection', 'kg kg-1 s-1', self%dq_advection)
    call scheme%bind_input('surface_air_pressure', 'Pa', self%pressure)
    call scheme%bind_input('surface_temperature', 'K', self%surface_temperature)
    call scheme%bind_input('surface_specific_humidity', 'kg kg-1', self%surface_humidity)
    call scheme%bind_output('tendency_of_air_temperature_due_to_convection', 'K s-1', self%heating)
    call scheme%bind_output('tendency_of_specific_humidity_due_to_convection', 'kg kg-1 s-1', self%moistening)
    call scheme%bind_output('convective_precipitation_production', 'kg kg-1 s-1', self%rain)
  end subroutine connect

  !> The host's own scheme for one column: humidity above 80 % of the surface value rains out within an hour.
  subroutine own_convection(self, column)
    class(host_columns), intent(inout) :: self
    integer, intent(in) :: column
    real(real64), parameter :: latent_heat_over_cp = 2492  ! K per kg kg-1

    self%rain(column, :) = max(0.0_real64, self%humidity(column, :) - 0.8_real64 * self%surface_humidity(column)) / 3600
    self%moistening(column, :) = -self%rain(column, :)
    self%heating(column, :) = latent_heat_over_cp * self%rain(column, :)
  end subroutine own_convection
end module example_host

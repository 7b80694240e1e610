!> The two-tier system of Lorenz (1996) in the notation of Wilks (2005), and its resolved part with a given subgrid tendency:
!>
!>   dX_k/dt = -X_{k-1} (X_{k-2} - X_{k+1}) - X_k + F + U_k,           U_k = -(h c / b) sum_j Y_{j,k}
!>   dY_j/dt = -c b Y_{j+1} (Y_{j+2} - Y_{j-1}) - c Y_j + (h c / b) X_k
!>
!> All variables are dimensionless and cyclic; the Y of all sectors are one ring.  Time step: Runge-Kutta of order 4.
module paramnet_lorenz96
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: lorenz96_system, resolved_step, truth_step

  !> Parameters.  sectors : K, number of X.  small_per_sector : J, number of Y for each X.
  type :: lorenz96_system
    real(real64) :: forcing = 20, coupling = 1, time_ratio = 10, amplitude_ratio = 10
    integer :: sectors = 8, small_per_sector = 32
  end type lorenz96_system

contains

  !> One time step of X : (sector) with the subgrid tendency : (sector) held constant in it.
  pure subroutine resolved_step(system, time_step, subgrid, x)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: time_step, subgrid(:)
    real(real64), intent(inout) :: x(:)
    real(real64), dimension(size(x)) :: first, second, third, fourth

    first = resolved(system, x) + subgrid
    second = resolved(system, x + time_step / 2 * first) + subgrid
    third = resolved(system, x + time_step / 2 * second) + subgrid
    fourth = resolved(system, x + time_step * third) + subgrid
    x = x + time_step / 6 * (first + 2 * second + 2 * third + fourth)
  end subroutine resolved_step

  !> One time step of X : (sector) and Y : (small, sector) in equal substeps; subgrid : (sector), the mean of U over the step.
  pure subroutine truth_step(system, time_step, substeps, x, y, subgrid)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: time_step
    integer, intent(in) :: substeps
    real(real64), contiguous, intent(inout) :: x(:), y(:, :)
    real(real64), intent(out) :: subgrid(:)
    integer :: step

    subgrid = coupled(system, y) / 2
    do step = 1, substeps
      call both_step(system, time_step / substeps, x, y)
      if (step < substeps) subgrid = subgrid + coupled(system, y)
    end do
    subgrid = (subgrid + coupled(system, y) / 2) / substeps
  end subroutine truth_step

  pure subroutine both_step(system, time_step, x, y)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: time_step
    real(real64), contiguous, intent(inout) :: x(:), y(:, :)
    real(real64), dimension(size(x)) :: x1, x2, x3, x4
    real(real64), dimension(size(y, 1), size(y, 2)) :: y1, y2, y3, y4

    call both(system, size(y), x, y, x1, y1)
    call both(system, size(y), x + time_step / 2 * x1, y + time_step / 2 * y1, x2, y2)
    call both(system, size(y), x + time_step / 2 * x2, y + time_step / 2 * y2, x3, y3)
    call both(system, size(y), x + time_step * x3, y + time_step * y3, x4, y4)
    x = x + time_step / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
    y = y + time_step / 6 * (y1 + 2 * y2 + 2 * y3 + y4)
  end subroutine both_step

  !> Tendencies of X and of Y, here as one ring.
  pure subroutine both(system, n, x, y, dx, dy)
    type(lorenz96_system), intent(in) :: system
    integer, intent(in) :: n
    real(real64), intent(in) :: x(system%sectors), y(n)
    real(real64), intent(out) :: dx(system%sectors), dy(n)
    real(real64) :: rate, product, exchange
    integer :: j, k, first, last

    rate = system%time_ratio
    product = rate * system%amplitude_ratio
    exchange = system%coupling * rate / system%amplitude_ratio
    dx = resolved(system, x)
    dy(1) = y(2) * (y(n) - y(3))
    do j = 2, n - 2
      dy(j) = y(j + 1) * (y(j - 1) - y(j + 2))
    end do
    dy(n - 1) = y(n) * (y(n - 2) - y(1))
    dy(n) = y(1) * (y(n - 1) - y(2))
    do k = 1, system%sectors
      first = 1 + (k - 1) * system%small_per_sector
      last = first + system%small_per_sector - 1
      dy(first:last) = product * dy(first:last) - rate * y(first:last) + exchange * x(k)
      dx(k) = dx(k) - exchange * sum(y(first:last))
    end do
  end subroutine both

  !> Tendency of X by its own dynamics, damping and forcing.
  pure function resolved(system, x) result(tendency)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: x(:)
    real(real64) :: tendency(size(x)), ring(-1:size(x) + 1)
    integer :: k

    k = size(x)
    ring(1:k) = x
    ring(-1:0) = x(k - 1:)
    ring(k + 1) = x(1)
    tendency = -ring(0:k - 1) * (ring(-1:k - 2) - ring(2:k + 1)) - x + system%forcing
  end function resolved

  !> U : (sector) of Y : (small, sector).
  pure function coupled(system, y) result(subgrid)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: y(:, :)
    real(real64) :: subgrid(size(y, 2))

    subgrid = -system%coupling * system%time_ratio / system%amplitude_ratio * sum(y, 1)
  end function coupled
end module paramnet_lorenz96

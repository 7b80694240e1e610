!> The pressure that makes the mass flux non-divergent: a Fourier transform in x, a tridiagonal solve in z.
module paramnet_crm_pressure
  use paramnet_crm_constants, only: lanes, sp
  use paramnet_crm_grid, only: crm_grid
  implicit none
  private
  public :: project

contains

  !> Corrects u and w so that du/dx + d(rho w)/dz / rho = 0; removes the level means of w, which must be 0 between lids.
  subroutine project(grid, dt, u, w)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt
    real(sp), intent(inout) :: u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    real(sp) :: mean(lanes), phi(lanes, grid%nx, grid%nz)
    integer :: i, k

    do k = 2, grid%nz
      mean = sum(w(:, :, k), dim=2)/grid%nx
      do i = 1, grid%nx
        w(:, i, k) = w(:, i, k) - mean
      end do
    end do
    w(:, :, 1) = 0.0_sp
    w(:, :, grid%nz + 1) = 0.0_sp
    call solve(grid, dt, u, w, phi)
    do k = 1, grid%nz
      do i = 1, grid%nx
        u(:, i, k) = u(:, i, k) - (dt*grid%inverse_dx)*(phi(:, i, k) - phi(:, grid%west(i), k))
        if (k > 1) w(:, i, k) = w(:, i, k) - dt*grid%inverse_dz_interface(:, k)*(phi(:, i, k) - phi(:, i, k - 1))
      end do
    end do
  end subroutine project

  subroutine solve(grid, dt, u, w, phi)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    real(sp), intent(out) :: phi(lanes, grid%nx, grid%nz)
    real(sp) :: divergence(lanes, grid%nx), modes(lanes, grid%nx, grid%nz), from_modes(grid%nx, grid%nx), per_dt
    integer :: i, k, mode

    per_dt = 1.0_sp/dt
    do k = 1, grid%nz
      do i = 1, grid%nx
        divergence(:, i) = ((u(:, grid%east(i), k) - u(:, i, k))*grid%inverse_dx &
                            + (grid%rho_interface(:, k + 1)*w(:, i, k + 1) - grid%rho_interface(:, k)*w(:, i, k)) &
                            *grid%inverse_mass(:, k))*per_dt
      end do
      do mode = 2, grid%nx
        call combine(grid%nx, grid%to_modes(:, mode), divergence, modes(:, mode, k))
        if (k > 1) modes(:, mode, k) = modes(:, mode, k) - grid%lower(:, k)*modes(:, mode, k - 1)
        modes(:, mode, k) = modes(:, mode, k)*grid%inverse(:, mode, k)
      end do
    end do
    do k = grid%nz - 1, 1, -1
      do mode = 2, grid%nx
        modes(:, mode, k) = modes(:, mode, k) - grid%upper(:, mode, k)*modes(:, mode, k + 1)
      end do
    end do
    from_modes = transpose(grid%to_modes)
    modes(:, 1, :) = 0.0_sp
    do k = 1, grid%nz
      do i = 1, grid%nx
        call combine(grid%nx, from_modes(:, i), modes(:, :, k), phi(:, i, k))
      end do
    end do
  end subroutine solve

  !> sum over i of weights(i) q(:, i), four terms at a time.
  pure subroutine combine(n, weights, q, total)
    integer, intent(in) :: n
    real(sp), intent(in) :: weights(n), q(lanes, n)
    real(sp), intent(out) :: total(lanes)
    real(sp) :: sum(lanes)
    integer :: b, i

    sum = 0.0_sp
    do i = 1, n - 3, 4
      do b = 1, lanes
        sum(b) = sum(b) + ((weights(i)*q(b, i) + weights(i + 1)*q(b, i + 1)) &
                           + (weights(i + 2)*q(b, i + 2) + weights(i + 3)*q(b, i + 3)))
      end do
    end do
    do i = n - modulo(n, 4) + 1, n
      do b = 1, lanes
        sum(b) = sum(b) + weights(i)*q(b, i)
      end do
    end do
    total = sum
  end subroutine combine
end module paramnet_crm_pressure

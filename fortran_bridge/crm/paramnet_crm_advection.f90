!> Transport of scalars: conservative, monotone, exact for a constant field.
!>
!> One direction after the other, alternating; each pass is third-order upwind in space and time (Leonard 1979), made
!> monotone by the universal limiter (Leonard 1991).  The first pass changes a cell's air mass by the flow in its direction;
!> the second starts from that mass and ends with the layer's. The scalar is conserved exactly, and a constant field stays
!> constant as far as the wind is free of divergence.
module paramnet_crm_advection
  use paramnet_crm_constants, only: lanes, sp
  use paramnet_crm_grid, only: crm_grid
  implicit none
  private
  public :: advect

contains

  !> q : (lanes, nx, nz), per kg of air; u, w : the wind over the step of dt seconds.
  subroutine advect(grid, dt, u, w, x_first, q)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: x_first
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)

    if (x_first) then
      call along_x(grid, dt, u, w, .true., q)
      call along_z(grid, dt, u, w, .false., q)
    else
      call along_z(grid, dt, u, w, .true., q)
      call along_x(grid, dt, u, w, .false., q)
    end if
  end subroutine advect

  !> first : the cell has its full mass before this pass, otherwise after it.
  subroutine along_x(grid, dt, u, w, first, q)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: first
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)
    real(sp) :: courant(lanes, grid%nx), flux(lanes, grid%nx), air(lanes, grid%nx)
    integer :: i, k

    air = 1.0_sp
    do k = 1, grid%nz
      do i = 1, grid%nx
        courant(:, i) = dt*u(:, i, k)/grid%dx
        if (.not. first) air(:, i) = 1.0_sp - vertical_loss(grid, dt, w, i, k)
      end do
      do i = 1, grid%nx
        associate (west => grid%west(i), east => grid%east(i))
          call face(courant(:, i)/merge(air(:, west), air(:, i), courant(:, i) >= 0.0_sp), &
                    q(:, grid%west(west), k), q(:, west, k), q(:, i, k), q(:, east, k), flux(:, i))
        end associate
        flux(:, i) = courant(:, i)*flux(:, i)
      end do
      do i = 1, grid%nx
        associate (east => grid%east(i))
          if (first) then
            q(:, i, k) = (q(:, i, k) - (flux(:, east) - flux(:, i)))/(1.0_sp - (courant(:, east) - courant(:, i)))
          else
            q(:, i, k) = air(:, i)*q(:, i, k) - (flux(:, east) - flux(:, i))
          end if
        end associate
      end do
    end do
  end subroutine along_x

  subroutine along_z(grid, dt, u, w, first, q)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: first
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)
    real(sp) :: flux(lanes, grid%nz + 1), air(lanes, grid%nz), carried(lanes), courant(lanes), change(lanes)
    integer :: i, k

    air = 1.0_sp
    do i = 1, grid%nx
      if (.not. first) air = 1.0_sp - dt*(u(:, grid%east(i), :) - u(:, i, :))/grid%dx
      flux(:, 1) = 0.0_sp
      flux(:, grid%nz + 1) = 0.0_sp
      do k = 2, grid%nz
        flux(:, k) = dt*grid%rho_interface(:, k)*w(:, i, k)
        ! The Courant number is the fraction of the upwind cell's air that leaves.
        courant = flux(:, k)/merge(air(:, k - 1)*grid%rho(:, k - 1)*grid%dz(:, k - 1), &
                                   air(:, k)*grid%rho(:, k)*grid%dz(:, k), flux(:, k) >= 0.0_sp)
        call face(courant, q(:, i, max(k - 2, 1)), q(:, i, k - 1), q(:, i, k), q(:, i, min(k + 1, grid%nz)), carried)
        flux(:, k) = flux(:, k)*carried
      end do
      do k = 1, grid%nz
        change = (flux(:, k + 1) - flux(:, k))/(grid%rho(:, k)*grid%dz(:, k))
        if (first) then
          q(:, i, k) = (q(:, i, k) - change)/(1.0_sp - vertical_loss(grid, dt, w, i, k))
        else
          q(:, i, k) = air(:, k)*q(:, i, k) - change
        end if
      end do
    end do
  end subroutine along_z

  !> Fraction of a cell's air that leaves it vertically within dt.
  pure function vertical_loss(grid, dt, w, i, k) result(loss)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, w(lanes, grid%nx, grid%nz + 1)
    integer, intent(in) :: i, k
    real(sp) :: loss(lanes)

    loss = dt*(grid%rho_interface(:, k + 1)*w(:, i, k + 1) - grid%rho_interface(:, k)*w(:, i, k)) &
           /(grid%rho(:, k)*grid%dz(:, k))
  end function vertical_loss

  !> Mean value transported, at Courant number c, across the face between cells q2 and q3 (q1, q4 beyond them).
  pure subroutine face(c, q1, q2, q3, q4, mean)
    real(sp), intent(in) :: c(lanes), q1(lanes), q2(lanes), q3(lanes), q4(lanes)
    real(sp), intent(out) :: mean(lanes)
    real(sp) :: centre, ahead, behind, size, step, bound
    integer :: b

    do b = 1, lanes
      size = abs(c(b))
      centre = merge(q2(b), q3(b), c(b) >= 0.0_sp)
      ahead = merge(q3(b) - q2(b), q2(b) - q3(b), c(b) >= 0.0_sp)
      behind = merge(q2(b) - q1(b), q3(b) - q4(b), c(b) >= 0.0_sp)
      step = 0.5_sp*(1.0_sp - size)*((2.0_sp - size)*ahead + (1.0_sp + size)*behind)/3.0_sp
      ! Universal limiter: not beyond the downwind cell, nor more than the flux from the upwind side can balance.
      bound = min(abs(ahead), abs(behind)*(1.0_sp - size)/max(size, 1.0e-6_sp))
      step = sign(min(abs(step), bound), ahead)
      if (ahead*behind <= 0.0_sp) step = 0.0_sp
      mean(b) = centre + step
    end do
  end subroutine face
end module paramnet_crm_advection

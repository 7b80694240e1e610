!> Transport of scalars: conservative, monotone, exact for a constant field.
!>
!> One direction after the other, alternating; each pass is third-order upwind in space and time (Leonard 1979), made
!> monotone by the universal limiter (Leonard 1991).  The first pass changes a cell's air mass by the flow in its direction;
!> the second starts from that mass and ends with the layer's. The scalar is conserved exactly, and a constant field stays
!> constant as far as the wind is free of divergence.  What depends on the wind alone is computed once for all scalars.
module paramnet_crm_advection
  use paramnet_crm_constants, only: lanes, sp
  use paramnet_crm_grid, only: crm_grid
  implicit none
  private
  public :: advect

contains

  !> q, and q2 and q3 with it : (lanes, nx, nz), per kg of air; u, w : the wind over the step of dt seconds.
  subroutine advect(grid, dt, u, w, x_first, q, q2, q3)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: x_first
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout) :: q
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout), optional :: q2, q3

    if (x_first) then
      call along_x(grid, dt, u, w, .true., q, q2, q3)
      call along_z(grid, dt, u, w, .false., q, q2, q3)
    else
      call along_z(grid, dt, u, w, .true., q, q2, q3)
      call along_x(grid, dt, u, w, .false., q, q2, q3)
    end if
  end subroutine advect

  !> first : the cell has its full mass before this pass, otherwise after it.  Of a row of faces: passed, the air that passes
  !> (along x a fraction of the cell, along z in kg m-2), and what `weigh` gives; lost: the share of its air that a cell loses in
  !> the first pass.  (Adding only the increment to q is one rounding less, but then the mean drifts four times as fast.)
  subroutine along_x(grid, dt, u, w, first, q, q2, q3)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: first
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout) :: q
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout), optional :: q2, q3
    real(sp), dimension(lanes, grid%nx) :: passed, ahead, behind, room, lost
    real(sp) :: courant(lanes)
    integer :: i, k

    do k = 1, grid%nz
      do i = 1, grid%nx
        passed(:, i) = (dt*grid%inverse_dx)*u(:, i, k)
        if (.not. first) lost(:, i) = vertical_loss(grid, dt, w, i, k)
      end do
      do i = 1, grid%nx
        ! The Courant number is the fraction of the upwind cell's air that leaves.
        courant = passed(:, i)
        if (.not. first) courant = courant/(1.0_sp - merge(lost(:, grid%west(i)), lost(:, i), courant >= 0.0_sp))
        call weigh(courant, ahead(:, i), behind(:, i), room(:, i))
        if (first) lost(:, i) = passed(:, grid%east(i)) - passed(:, i)
      end do
      call carry_along_x(grid, passed, ahead, behind, room, lost, first, q(:, :, k))
      if (present(q2)) call carry_along_x(grid, passed, ahead, behind, room, lost, first, q2(:, :, k))
      if (present(q3)) call carry_along_x(grid, passed, ahead, behind, room, lost, first, q3(:, :, k))
    end do
  end subroutine along_x

  pure subroutine carry_along_x(grid, passed, ahead, behind, room, lost, first, q)
    type(crm_grid), intent(in) :: grid
    real(sp), dimension(lanes, grid%nx), intent(in) :: passed, ahead, behind, room, lost
    logical, intent(in) :: first
    real(sp), intent(inout) :: q(lanes, grid%nx)
    real(sp) :: flux(lanes, grid%nx)
    integer :: i

    do i = 1, grid%nx
      associate (west => grid%west(i))
        call carry(passed(:, i), ahead(:, i), behind(:, i), room(:, i), &
                   q(:, grid%west(west)), q(:, west), q(:, i), q(:, grid%east(i)), flux(:, i))
      end associate
    end do
    do i = 1, grid%nx
      if (first) then
        q(:, i) = (q(:, i) - (flux(:, grid%east(i)) - flux(:, i)))/(1.0_sp - lost(:, i))
      else
        q(:, i) = (1.0_sp - lost(:, i))*q(:, i) - (flux(:, grid%east(i)) - flux(:, i))
      end if
    end do
  end subroutine carry_along_x

  subroutine along_z(grid, dt, u, w, first, q, q2, q3)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, u(lanes, grid%nx, grid%nz), w(lanes, grid%nx, grid%nz + 1)
    logical, intent(in) :: first
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout) :: q
    real(sp), dimension(lanes, grid%nx, grid%nz), intent(inout), optional :: q2, q3
    real(sp), dimension(lanes, grid%nz + 1) :: passed, ahead, behind, room, lost
    real(sp) :: courant(lanes)
    integer :: i, k

    passed(:, 1) = 0.0_sp
    passed(:, grid%nz + 1) = 0.0_sp
    do i = 1, grid%nx
      do k = 1, grid%nz
        if (first) then
          lost(:, k) = vertical_loss(grid, dt, w, i, k)
        else
          lost(:, k) = (dt*grid%inverse_dx)*(u(:, grid%east(i), k) - u(:, i, k))
        end if
      end do
      do k = 2, grid%nz
        passed(:, k) = dt*grid%rho_interface(:, k)*w(:, i, k)
        courant = passed(:, k)*merge(grid%inverse_mass(:, k - 1), grid%inverse_mass(:, k), passed(:, k) >= 0.0_sp)
        if (.not. first) courant = courant/(1.0_sp - merge(lost(:, k - 1), lost(:, k), passed(:, k) >= 0.0_sp))
        call weigh(courant, ahead(:, k), behind(:, k), room(:, k))
      end do
      call carry_along_z(grid, passed, ahead, behind, room, lost, first, i, q)
      if (present(q2)) call carry_along_z(grid, passed, ahead, behind, room, lost, first, i, q2)
      if (present(q3)) call carry_along_z(grid, passed, ahead, behind, room, lost, first, i, q3)
    end do
  end subroutine along_z

  pure subroutine carry_along_z(grid, passed, ahead, behind, room, lost, first, i, q)
    type(crm_grid), intent(in) :: grid
    real(sp), dimension(lanes, grid%nz + 1), intent(in) :: passed, ahead, behind, room, lost
    logical, intent(in) :: first
    integer, intent(in) :: i
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)
    real(sp) :: flux(lanes, grid%nz + 1)
    integer :: k

    flux(:, 1) = 0.0_sp
    flux(:, grid%nz + 1) = 0.0_sp
    do k = 2, grid%nz
      call carry(passed(:, k), ahead(:, k), behind(:, k), room(:, k), &
                 q(:, i, max(k - 2, 1)), q(:, i, k - 1), q(:, i, k), q(:, i, min(k + 1, grid%nz)), flux(:, k))
    end do
    do k = 1, grid%nz
      if (first) then
        q(:, i, k) = (q(:, i, k) - (flux(:, k + 1) - flux(:, k))*grid%inverse_mass(:, k)) &
                     /(1.0_sp - lost(:, k))
      else
        q(:, i, k) = (1.0_sp - lost(:, k))*q(:, i, k) - (flux(:, k + 1) - flux(:, k))*grid%inverse_mass(:, k)
      end if
    end do
  end subroutine carry_along_z

  !> Fraction of a cell's air that leaves it vertically within dt.
  pure function vertical_loss(grid, dt, w, i, k) result(loss)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, w(lanes, grid%nx, grid%nz + 1)
    integer, intent(in) :: i, k
    real(sp) :: loss(lanes)

    loss = dt*(grid%rho_interface(:, k + 1)*w(:, i, k + 1) - grid%rho_interface(:, k)*w(:, i, k))*grid%inverse_mass(:, k)
  end function vertical_loss

  !> Third-order weights at a Courant number, and the share of the difference behind that the flux from the upwind side can
  !> balance.
  elemental subroutine weigh(courant, ahead, behind, room)
    real(sp), intent(in) :: courant
    real(sp), intent(out) :: ahead, behind, room
    real(sp) :: size

    size = abs(courant)
    ahead = (1.0_sp - size)*(2.0_sp - size)*(1.0_sp/6.0_sp)
    behind = (1.0_sp - size)*(1.0_sp + size)*(1.0_sp/6.0_sp)
    room = (1.0_sp - size)/max(size, 1.0e-6_sp)
  end subroutine weigh

  !> Flux across the face between cells q2 and q3 (q1, q4 beyond them), whose air passes from q2 to q3 if it is positive.
  pure subroutine carry(passed, weight_ahead, weight_behind, room, q1, q2, q3, q4, flux)
    real(sp), dimension(lanes), intent(in) :: passed, weight_ahead, weight_behind, room, q1, q2, q3, q4
    real(sp), intent(out) :: flux(lanes)
    real(sp) :: centre, ahead, behind, step, bound
    integer :: b

    !GCC$ ivdep
    do b = 1, lanes
      centre = merge(q2(b), q3(b), passed(b) >= 0.0_sp)
      ahead = merge(q3(b) - q2(b), q2(b) - q3(b), passed(b) >= 0.0_sp)
      behind = merge(q2(b) - q1(b), q3(b) - q4(b), passed(b) >= 0.0_sp)
      step = weight_ahead(b)*ahead + weight_behind(b)*behind
      ! Universal limiter: not beyond the downwind cell, nor more than the flux from the upwind side can balance.
      bound = min(abs(ahead), abs(behind)*room(b))
      step = sign(min(abs(step), bound), ahead)
      flux(b) = passed(b)*(centre + merge(0.0_sp, step, ahead*behind <= 0.0_sp))
    end do
  end subroutine carry
end module paramnet_crm_advection

!> Mean-state acceleration (Jones, Bretherton & Pritchard 2015): the mean advances faster than the eddies.
module paramnet_crm_acceleration
  use paramnet_crm_constants, only: dp, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  use paramnet_crm_step, only: crm_forcing, step
  implicit none
  private
  public :: accelerated_step, mean_of

contains

  !> One step; with acceleration a, the change of the mean state and the surface precipitation are multiplied by a.
  subroutine accelerated_step(grid, options, acceleration, forcing, state, reached)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    real(sp), intent(in) :: acceleration
    type(crm_forcing), intent(in) :: forcing
    type(crm_state), intent(inout) :: state
    real(sp), intent(inout) :: reached(lanes, 2)
    real(dp), dimension(lanes, grid%nz) :: mean_t, mean_q
    real(dp) :: further
    integer :: i

    if (.not. acceleration > 1.0_sp) then
      call step(grid, options, forcing, state, reached)
      return
    end if
    mean_t = mean_of(state%t)
    mean_q = mean_of(state%qt) + mean_of(state%qp)
    call step(grid, options, forcing, state, reached)
    further = acceleration - 1.0_dp
    mean_t = further*(mean_of(state%t) - mean_t)
    ! Rain aloft is not accelerated: its additional change goes into qt instead.
    mean_q = further*(mean_of(state%qt) + mean_of(state%qp) - mean_q)
    call leave_none_below_zero(grid, mean_of(state%qt), mean_q)
    do i = 1, grid%nx
      state%t(:, i, :) = real(state%t(:, i, :) + mean_t, sp)
      state%qt(:, i, :) = real(state%qt(:, i, :) + mean_q, sp)
    end do
    call keep_positive(grid, state%qt)
    state%cloud = min(state%cloud, state%qt)  ! of the last adjustment: a level that dries may have less water now
    reached = acceleration*reached
  end subroutine accelerated_step

  !> A level that would lose more than it holds loses all it has; the other levels lose the rest, in proportion to what
  !> they would hold.
  pure subroutine leave_none_below_zero(grid, held, change)
    type(crm_grid), intent(in) :: grid
    real(dp), intent(in) :: held(lanes, grid%nz)
    real(dp), intent(inout) :: change(lanes, grid%nz)
    real(dp), dimension(lanes) :: missing, left, share
    integer :: k

    missing = 0.0_dp
    left = 0.0_dp
    do k = 1, grid%nz
      missing = missing + grid%mass(:, k)*max(-(held(:, k) + change(:, k)), 0.0_dp)
      left = left + grid%mass(:, k)*max(held(:, k) + change(:, k), 0.0_dp)
    end do
    share = missing/max(left, missing, tiny(1.0_dp))
    do k = 1, grid%nz
      change(:, k) = max(held(:, k) + change(:, k), 0.0_dp)*(1.0_dp - share) - held(:, k)
    end do
  end subroutine leave_none_below_zero

  !> Points that the mean's change made negative take water from others of their level; without any, the level becomes uniform.
  subroutine keep_positive(grid, q)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(inout) :: q(lanes, grid%nx, grid%nz)
    real(sp) :: wanted(lanes), held(lanes), if_shared(lanes)
    integer :: i, k

    do k = 1, grid%nz
      wanted = sum(q(:, :, k), 2)
      held = sum(max(q(:, :, k), 0.0_sp), 2)
      do i = 1, grid%nx
        if_shared = merge(max(q(:, i, k), 0.0_sp)*(wanted/max(held, tiny(1.0_sp))), wanted/grid%nx, wanted > 0.0_sp)
        q(:, i, k) = merge(if_shared, q(:, i, k), held > wanted)
      end do
    end do
  end subroutine keep_positive

  !> Mean over x.
  pure function mean_of(q) result(mean)
    real(sp), intent(in) :: q(:, :, :)
    real(dp) :: mean(lanes, size(q, 3))

    mean = sum(real(q, dp), 2)/size(q, 2)
  end function mean_of
end module paramnet_crm_acceleration

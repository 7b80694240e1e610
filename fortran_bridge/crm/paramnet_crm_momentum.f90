!> Tendencies of momentum: advection in flux form, buoyancy, sub-grid mixing, surface drag, sponge.
!>
!> Second-order centred on a staggered grid, stepped by Adams-Bashforth (Khairoutdinov & Randall 2003, appendix A).
module paramnet_crm_momentum
  use paramnet_crm_constants, only: cp, gas_dry, gas_vapour, gravity, lanes, sp
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_state, only: crm_options, crm_state
  implicit none
  private
  public :: momentum_tendencies, step_momentum, sponge_rate

contains

  !> Sets du(:,:,:,1), dw(:,:,:,1): all terms except pressure.  eddy : (lanes, nx, nz) viscosity, m2 s-1.
  subroutine momentum_tendencies(grid, options, state, eddy)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp), intent(in) :: eddy(lanes, grid%nx, grid%nz)

    call horizontal_momentum(grid, options, state, eddy, state%du(:, :, :, 1))
    call vertical_momentum(grid, state, eddy, state%dw(:, :, :, 1))
    call add_buoyancy(grid, options, state)
    call add_sponge(grid, options, state)
  end subroutine momentum_tendencies

  subroutine horizontal_momentum(grid, options, state, eddy, du)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(in) :: state
    real(sp), intent(in) :: eddy(lanes, grid%nx, grid%nz)
    real(sp), intent(out) :: du(lanes, grid%nx, grid%nz)
    real(sp) :: flux_x(lanes, grid%nx), below(lanes, grid%nx), above(lanes, grid%nx)
    integer :: i, k

    do i = 1, grid%nx
      below(:, i) = options%drag*grid%rho_interface(:, 1)*abs(state%u(:, i, 1))*state%u(:, i, 1)
    end do
    below = -below  ! upward flux of momentum at the surface
    do k = 1, grid%nz
      do i = 1, grid%nx
        associate (east => grid%east(i), west => grid%west(i), u => state%u)
          flux_x(:, i) = 0.25_sp*(u(:, i, k) + u(:, east, k))**2 &
                         - horizontal_eddy(grid, eddy, i, k)*(u(:, east, k) - u(:, i, k))/grid%dx
          if (k < grid%nz) then
            above(:, i) = grid%rho_interface(:, k + 1)* &
                          (0.25_sp*(state%w(:, i, k + 1) + state%w(:, west, k + 1))*(u(:, i, k) + u(:, i, k + 1)) &
                           - 0.25_sp*(eddy(:, i, k) + eddy(:, west, k) + eddy(:, i, k + 1) + eddy(:, west, k + 1)) &
                           *(u(:, i, k + 1) - u(:, i, k))/grid%dz_interface(:, k + 1))
          else
            above(:, i) = 0.0_sp
          end if
        end associate
      end do
      do i = 1, grid%nx
        du(:, i, k) = -(flux_x(:, i) - flux_x(:, grid%west(i)))/grid%dx &
                      - (above(:, i) - below(:, i))/(grid%rho(:, k)*grid%dz(:, k))
      end do
      below = above
    end do
  end subroutine horizontal_momentum

  subroutine vertical_momentum(grid, state, eddy, dw)
    type(crm_grid), intent(in) :: grid
    type(crm_state), intent(in) :: state
    real(sp), intent(in) :: eddy(lanes, grid%nx, grid%nz)
    real(sp), intent(out) :: dw(lanes, grid%nx, grid%nz + 1)
    real(sp) :: flux_x(lanes, grid%nx), below(lanes, grid%nx), above(lanes, grid%nx), weight(lanes), weight_below(lanes)
    integer :: i, k

    dw(:, :, 1) = 0.0_sp
    dw(:, :, grid%nz + 1) = 0.0_sp
    do i = 1, grid%nx
      below(:, i) = vertical_flux(1, i)
    end do
    do k = 2, grid%nz
      ! Mass flux across the western face of the cell around interface k, from the two layers the cell covers.
      weight = 0.5_sp*grid%rho(:, k)*grid%dz(:, k)/grid%dz_interface(:, k)
      weight_below = 0.5_sp*grid%rho(:, k - 1)*grid%dz(:, k - 1)/grid%dz_interface(:, k)
      do i = 1, grid%nx
        associate (west => grid%west(i), w => state%w, u => state%u)
          flux_x(:, i) = 0.5_sp*(weight*u(:, i, k) + weight_below*u(:, i, k - 1))*(w(:, i, k) + w(:, west, k)) &
                         - grid%rho_interface(:, k)*0.25_sp &
                         *(horizontal_eddy(grid, eddy, i, k) + horizontal_eddy(grid, eddy, west, k) &
                           + horizontal_eddy(grid, eddy, i, k - 1) + horizontal_eddy(grid, eddy, west, k - 1)) &
                         *(w(:, i, k) - w(:, west, k))/grid%dx
          above(:, i) = vertical_flux(k, i)
        end associate
      end do
      do i = 1, grid%nx
        dw(:, i, k) = -((flux_x(:, grid%east(i)) - flux_x(:, i))/grid%dx &
                        + (above(:, i) - below(:, i))/grid%dz_interface(:, k))/grid%rho_interface(:, k)
      end do
      below = above
    end do

  contains

    !> Upward flux of w through the middle of layer j.
    pure function vertical_flux(j, point) result(flux)
      integer, intent(in) :: j, point
      real(sp) :: flux(lanes)

      flux = grid%rho(:, j)*(0.25_sp*(state%w(:, point, j) + state%w(:, point, j + 1))**2 &
                             - eddy(:, point, j)*(state%w(:, point, j + 1) - state%w(:, point, j))/grid%dz(:, j))
    end function vertical_flux
  end subroutine vertical_momentum

  !> Flat cells mix more along x than across: by (dx / dz)**2, at most 16 times.
  pure function horizontal_eddy(grid, eddy, i, k) result(mixing)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: eddy(lanes, grid%nx, grid%nz)
    integer, intent(in) :: i, k
    real(sp) :: mixing(lanes)

    mixing = eddy(:, i, k)*min(16.0_sp, (grid%dx/grid%dz(:, k))**2)
  end function horizontal_eddy

  !> g times the relative departure of virtual temperature, less the loading by cloud and precipitation, from the level's mean.
  subroutine add_buoyancy(grid, options, state)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp), parameter :: lightness = gas_vapour/gas_dry - 1.0_sp
    real(sp) :: here(lanes, grid%nx), below(lanes, grid%nx), mean(lanes)
    integer :: i, k

    do k = 1, grid%nz
      mean = 0.0_sp
      do i = 1, grid%nx
        here(:, i) = state%temperature(:, i, k)* &
                     (1.0_sp + lightness*(state%qt(:, i, k) - state%cloud(:, i, k)) - state%cloud(:, i, k) - state%qp(:, i, k))
        mean = mean + here(:, i)
      end do
      mean = mean/grid%nx
      do i = 1, grid%nx
        here(:, i) = gravity*(here(:, i) - mean)/mean
        if (k > 1) state%dw(:, i, k, 1) = state%dw(:, i, k, 1) + &
                                 (here(:, i)*grid%dz(:, k - 1) + below(:, i)*grid%dz(:, k))/(grid%dz(:, k) + grid%dz(:, k - 1))
        if (options%work_of_buoyancy) &
          state%t(:, i, k) = state%t(:, i, k) - options%dt*here(:, i)*0.5_sp*(state%w(:, i, k) + state%w(:, i, k + 1))/cp
      end do
      below = here
    end do
  end subroutine add_buoyancy

  !> Rayleigh damping of w and of the departure of u from its mean, growing from sponge_start to the lid.
  subroutine add_sponge(grid, options, state)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp) :: rate(lanes), mean(lanes)
    integer :: i, k

    if (options%sponge_start >= 1.0_sp) return
    do k = 2, grid%nz
      rate = sponge_rate(grid, options, k)
      if (.not. any(rate > 0.0_sp)) cycle
      mean = sum(state%u(:, :, k), dim=2)/grid%nx
      do i = 1, grid%nx
        state%du(:, i, k, 1) = state%du(:, i, k, 1) - rate*(state%u(:, i, k) - mean)
        state%dw(:, i, k, 1) = state%dw(:, i, k, 1) - rate*state%w(:, i, k)
      end do
    end do
  end subroutine add_sponge

  !> Damping rate of layer k, s-1.
  pure function sponge_rate(grid, options, k) result(rate)
    type(crm_grid), intent(in) :: grid
    type(crm_options), intent(in) :: options
    integer, intent(in) :: k
    real(sp) :: rate(lanes), top(lanes), depth(lanes)

    top = grid%z(:, grid%nz)
    depth = (grid%z(:, k) - options%sponge_start*top)/((1.0_sp - options%sponge_start)*top)
    rate = max(depth, 0.0_sp)**2/options%sponge_time
  end function sponge_rate

  !> Third-order Adams-Bashforth; lower order in the first steps after a restart.
  subroutine step_momentum(options, state)
    type(crm_options), intent(in) :: options
    type(crm_state), intent(inout) :: state
    real(sp) :: now, before, earlier

    select case (state%steps)
    case (0)
      now = 1.0_sp; before = 0.0_sp; earlier = 0.0_sp
    case (1)
      now = 1.5_sp; before = -0.5_sp; earlier = 0.0_sp
    case default
      now = 23.0_sp/12.0_sp; before = -16.0_sp/12.0_sp; earlier = 5.0_sp/12.0_sp
    end select
    state%u = state%u + options%dt*(now*state%du(:, :, :, 1) + before*state%du(:, :, :, 2) + earlier*state%du(:, :, :, 3))
    state%w = state%w + options%dt*(now*state%dw(:, :, :, 1) + before*state%dw(:, :, :, 2) + earlier*state%dw(:, :, :, 3))
    state%du(:, :, :, 3) = state%du(:, :, :, 2)
    state%du(:, :, :, 2) = state%du(:, :, :, 1)
    state%dw(:, :, :, 3) = state%dw(:, :, :, 2)
    state%dw(:, :, :, 2) = state%dw(:, :, :, 1)
    state%steps = state%steps + 1
  end subroutine step_momentum
end module paramnet_crm_momentum

!> Saturation over liquid and ice, and the adjustment that splits energy and water into temperature, vapour and cloud.
!>
!> Vapour pressures (paramnet_crm_phases.inc) are the eighth-order fits of Flatau, Walko & Cotton (1992), which need no
!> transcendental function.
!> Between 253.16 and 273.16 K cloud is a mixture, linear in temperature; precipitation between 268.16 and 283.16 K
!> (Khairoutdinov & Randall 2003, eqs. A13-A15).
module paramnet_crm_saturation
  use paramnet_crm_constants, only: cp, energy_origin, gas_dry, gas_vapour, lanes, sp, warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
  implicit none
  private
  public :: adjust, saturation_mixing_ratio, liquid_share, rain_share, graupel_share

  integer, parameter :: liquid = 1, frozen = 2, mixed = 3  ! cloud of a level, in all of its cells

contains

  !> Temperature and cloud (lanes, nx, nz) from t, qt, qp by `iterations` Newton iterations, the same number in every lane,
  !> so that the result does not depend on neighbouring lanes.
  subroutine adjust(grid, t, qt, qp, temperature, cloud, iterations)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: t(lanes, grid%nx, grid%nz), qt(lanes, grid%nx, grid%nz), qp(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: temperature(lanes, grid%nx, grid%nz)
    real(sp), intent(out) :: cloud(lanes, grid%nx, grid%nz)
    integer, intent(in) :: iterations
    integer :: k, n

    do k = 1, grid%nz
      associate (x => temperature(:, :, k), water => qt(:, :, k), p => grid%pressure(:, k))
        do n = 1, iterations
          select case (phase_of(grid%nx, x))
          case (liquid)
            call iterate(liquid, grid%nx, p, grid%geopotential(:, k), t(:, :, k), water, qp(:, :, k), x)
          case (frozen)
            call iterate(frozen, grid%nx, p, grid%geopotential(:, k), t(:, :, k), water, qp(:, :, k), x)
          case default
            call iterate(mixed, grid%nx, p, grid%geopotential(:, k), t(:, :, k), water, qp(:, :, k), x)
          end select
        end do
        select case (phase_of(grid%nx, x))
        case (liquid)
          call condense(liquid, grid%nx, p, x, water, cloud(:, :, k))
        case (frozen)
          call condense(frozen, grid%nx, p, x, water, cloud(:, :, k))
        case default
          call condense(mixed, grid%nx, p, x, water, cloud(:, :, k))
        end select
      end associate
    end do
  end subroutine adjust

  !> The phase of cloud at all temperatures of a level.  `mixed` holds for any: the others only leave out what adds nothing, so a
  !> cell's result does not depend on the others.
  pure integer function phase_of(nx, x)
    integer, intent(in) :: nx
    real(sp), intent(in) :: x(lanes*nx)
    integer :: b, warm, cold

    warm = 0
    cold = 0
    do b = 1, lanes*nx
      warm = warm + merge(1, 0, x(b) >= 273.16_sp)
      cold = cold + merge(1, 0, x(b) <= 253.16_sp)
    end do
    phase_of = merge(liquid, merge(frozen, mixed, cold == lanes*nx), warm == lanes*nx)
  end function phase_of

  !> One Newton iteration for the temperatures x of a level whose cloud has the given phase.
  pure subroutine iterate(phase, nx, pressure, geopotential, t, qt, qp, x)
    integer, intent(in) :: phase, nx
    real(sp), intent(in) :: pressure(lanes), geopotential(lanes), t(lanes, nx), qt(lanes, nx), qp(lanes, nx)
    real(sp), intent(inout) :: x(lanes, nx)
    real(sp) :: dry, saturation, slope, share, slope_share, snow, slope_snow, excess, slope_excess, warming, residual
    integer :: b, i

    do i = 1, nx
      !GCC$ ivdep
      do b = 1, lanes
        dry = t(b, i) + (energy_origin - geopotential(b))  ! the temperature without condensate
        call saturate(phase, x(b, i), pressure(b), saturation, slope)
        share = liquid_share(x(b, i))
        slope_share = merge(1.0_sp/20.0_sp, 0.0_sp, abs(x(b, i) - 263.16_sp) < 10.0_sp)
        snow = 1.0_sp - rain_share(x(b, i))
        slope_snow = merge(1.0_sp/15.0_sp, 0.0_sp, abs(x(b, i) - 275.66_sp) < 7.5_sp)
        excess = max(qt(b, i) - saturation, 0.0_sp)
        slope_excess = merge(slope, 0.0_sp, qt(b, i) > saturation)
        warming = warming_condensation + warming_fusion*(1.0_sp - share)
        residual = x(b, i) - dry - warming*excess - (warming_condensation + warming_fusion*snow)*qp(b, i)
        x(b, i) = x(b, i) - residual/(1.0_sp + warming*slope_excess &
                                      + warming_fusion*(slope_share*excess + slope_snow*qp(b, i)))
      end do
    end do
  end subroutine iterate

  pure subroutine condense(phase, nx, pressure, x, qt, cloud)
    integer, intent(in) :: phase, nx
    real(sp), intent(in) :: pressure(lanes), x(lanes, nx), qt(lanes, nx)
    real(sp), intent(out) :: cloud(lanes, nx)
    real(sp) :: saturation, slope
    integer :: b, i

    do i = 1, nx
      !GCC$ ivdep
      do b = 1, lanes
        call saturate(phase, x(b, i), pressure(b), saturation, slope)
        cloud(b, i) = max(qt(b, i) - saturation, 0.0_sp)
      end do
    end do
  end subroutine condense

  !> Saturation mixing ratio of mixed cloud (kg kg-1) and its slope (K-1) at temperature x (K) and pressure (Pa).
  elemental subroutine saturate(phase, x, pressure, saturation, slope)
    integer, intent(in) :: phase
    real(sp), intent(in) :: x, pressure
    real(sp), intent(out) :: saturation, slope
    real(sp) :: over_water, slope_water, over_ice, slope_ice, share, inverse_room

    if (phase == liquid) then
      call vapour_over_water(x, saturation, slope)
    else if (phase == frozen) then
      call vapour_over_ice(x, saturation, slope)
    else
      call vapour_over_water(x, over_water, slope_water)
      call vapour_over_ice(x, over_ice, slope_ice)
      share = liquid_share(x)
      saturation = share*over_water + (1.0_sp - share)*over_ice
      slope = share*slope_water + (1.0_sp - share)*slope_ice &
              + merge((over_water - over_ice)/20.0_sp, 0.0_sp, abs(x - 263.16_sp) < 10.0_sp)
    end if
    saturation = 100.0_sp*saturation
    inverse_room = 1.0_sp/max(pressure - saturation, 0.5_sp*pressure)
    saturation = (gas_dry/gas_vapour)*saturation*inverse_room
    slope = (100.0_sp*gas_dry/gas_vapour)*slope*pressure*(inverse_room*inverse_room)
  end subroutine saturate

  include 'paramnet_crm_liquid_share.inc'
  include 'paramnet_crm_phases.inc'
end module paramnet_crm_saturation

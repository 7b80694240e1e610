!> Saturation over liquid and ice, and the adjustment that splits energy and water into temperature, vapour and cloud.
!>
!> Vapour pressures are the eighth-order fits of Flatau, Walko & Cotton (1992), which need no transcendental function.
!> Between 253.16 and 273.16 K cloud is a mixture, linear in temperature; precipitation between 268.16 and 283.16 K
!> (Khairoutdinov & Randall 2003, eqs. A13-A15).
module paramnet_crm_saturation
  use paramnet_crm_constants, only: cp, energy_origin, gas_dry, gas_vapour, lanes, sp, warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
  implicit none
  private
  public :: adjust, saturation_mixing_ratio, liquid_share, rain_share, graupel_share

  real(sp), parameter :: freezing = 273.16_sp
  real(sp), parameter :: water(0:8) = [6.11239921_sp, 0.443987641_sp, 0.142986287e-1_sp, 0.264847430e-3_sp, &
                                       0.302950461e-5_sp, 0.206739458e-7_sp, 0.640689451e-10_sp, -0.952447341e-13_sp, &
                                       -0.976195544e-15_sp]
  real(sp), parameter :: ice(0:8) = [6.11147274_sp, 0.503160820_sp, 0.188439774e-1_sp, 0.420895665e-3_sp, &
                                     0.615021634e-5_sp, 0.602588177e-7_sp, 0.385852041e-9_sp, 0.146898966e-11_sp, &
                                     0.252751365e-14_sp]

contains

  !> Temperature and cloud (lanes, nx, nz) from t, qt, qp by `iterations` Newton iterations, the same number in every lane,
  !> so that the result does not depend on neighbouring lanes.
  subroutine adjust(grid, t, qt, qp, temperature, cloud, iterations)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: t(lanes, grid%nx, grid%nz), qt(lanes, grid%nx, grid%nz), qp(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: temperature(lanes, grid%nx, grid%nz)
    real(sp), intent(out) :: cloud(lanes, grid%nx, grid%nz)
    integer, intent(in) :: iterations
    integer :: i, k

    do k = 1, grid%nz
      do i = 1, grid%nx
        call adjust_cells(grid%pressure(:, k), t(:, i, k) + (energy_origin - grid%geopotential(:, k)), qt(:, i, k), &
                          qp(:, i, k), iterations, temperature(:, i, k), cloud(:, i, k))
      end do
    end do
  end subroutine adjust

  !> dry : energy / cp - g z / cp, the temperature without condensate.
  pure subroutine adjust_cells(pressure, dry, qt, qp, iterations, temperature, cloud)
    real(sp), intent(in) :: pressure(lanes), dry(lanes), qt(lanes), qp(lanes)
    integer, intent(in) :: iterations
    real(sp), intent(inout) :: temperature(lanes)
    real(sp), intent(out) :: cloud(lanes)
    real(sp), dimension(lanes) :: saturation, slope
    real(sp) :: share, slope_share, frozen, slope_frozen, excess, slope_excess, residual, derivative, x
    integer :: b, n

    do n = 1, iterations
      call mixed_saturation(temperature, pressure, saturation, slope)
      do b = 1, lanes
        x = temperature(b)
        share = min(max((x - 253.16_sp)/20.0_sp, 0.0_sp), 1.0_sp)
        slope_share = merge(1.0_sp/20.0_sp, 0.0_sp, abs(x - 263.16_sp) < 10.0_sp)
        frozen = 1.0_sp - min(max((x - 268.16_sp)/15.0_sp, 0.0_sp), 1.0_sp)
        slope_frozen = merge(1.0_sp/15.0_sp, 0.0_sp, abs(x - 275.66_sp) < 7.5_sp)
        excess = max(qt(b) - saturation(b), 0.0_sp)
        slope_excess = merge(slope(b), 0.0_sp, qt(b) > saturation(b))
        residual = x - dry(b) - (warming_condensation + warming_fusion*(1.0_sp - share))*excess &
                   - (warming_condensation + warming_fusion*frozen)*qp(b)
        derivative = 1.0_sp + (warming_condensation + warming_fusion*(1.0_sp - share))*slope_excess &
                     + warming_fusion*(slope_share*excess + slope_frozen*qp(b))
        temperature(b) = x - residual/derivative
      end do
    end do
    call mixed_saturation(temperature, pressure, saturation, slope)
    cloud = max(qt - saturation, 0.0_sp)
  end subroutine adjust_cells

  !> Saturation mixing ratio of mixed cloud (kg kg-1) and its slope (K-1) at temperatures x (K) and pressures (Pa).
  pure subroutine mixed_saturation(x, pressure, saturation, slope)
    real(sp), intent(in) :: x(lanes), pressure(lanes)
    real(sp), intent(out) :: saturation(lanes), slope(lanes)
    real(sp), dimension(lanes) :: over_water, slope_water, over_ice, slope_ice
    real(sp) :: share, room
    integer :: b

    call fit(water, max(x - freezing, -80.0_sp), over_water, slope_water)
    call fit(ice, min(max(x - freezing, -85.0_sp), 1.0_sp), over_ice, slope_ice)
    do b = 1, lanes
      share = min(max((x(b) - 253.16_sp)/20.0_sp, 0.0_sp), 1.0_sp)
      slope(b) = share*slope_water(b) + (1.0_sp - share)*slope_ice(b) &
                 + merge((over_water(b) - over_ice(b))/20.0_sp, 0.0_sp, abs(x(b) - 263.16_sp) < 10.0_sp)
      over_water(b) = 100.0_sp*(share*over_water(b) + (1.0_sp - share)*over_ice(b))
      room = max(pressure(b) - over_water(b), 0.5_sp*pressure(b))
      saturation(b) = (gas_dry/gas_vapour)*over_water(b)/room
      slope(b) = (100.0_sp*gas_dry/gas_vapour)*slope(b)*pressure(b)/(room*room)
    end do
  end subroutine mixed_saturation

  !> Vapour pressure in hPa and its slope, x degrees above freezing.
  pure subroutine fit(coefficients, x, value, slope)
    real(sp), intent(in) :: coefficients(0:8), x(lanes)
    real(sp), intent(out) :: value(lanes), slope(lanes)
    integer :: n

    value = coefficients(8)
    slope = 0.0_sp
    do n = 7, 0, -1
      slope = slope*x + value
      value = value*x + coefficients(n)
    end do
    value = max(value, 1.0e-6_sp)
  end subroutine fit

  !> Saturation mixing ratios over water and ice, kg kg-1, at temperatures (K) and pressures (Pa); bounded where the vapour
  !> pressure approaches the air pressure.
  pure subroutine saturation_mixing_ratio(temperature, pressure, over_water, over_ice)
    real(sp), intent(in) :: temperature(lanes), pressure(lanes)
    real(sp), intent(out) :: over_water(lanes), over_ice(lanes)
    real(sp) :: slope(lanes)

    call fit(water, max(temperature - freezing, -80.0_sp), over_water, slope)
    over_water = (gas_dry/gas_vapour)*100.0_sp*over_water/max(pressure - 100.0_sp*over_water, 0.5_sp*pressure)
    call fit(ice, min(max(temperature - freezing, -85.0_sp), 1.0_sp), over_ice, slope)
    over_ice = (gas_dry/gas_vapour)*100.0_sp*over_ice/max(pressure - 100.0_sp*over_ice, 0.5_sp*pressure)
  end subroutine saturation_mixing_ratio

  !> Liquid share of cloud.
  pure function liquid_share(temperature) result(share)
    real(sp), intent(in) :: temperature(lanes)
    real(sp) :: share(lanes)

    share = min(max((temperature - 253.16_sp)/20.0_sp, 0.0_sp), 1.0_sp)
  end function liquid_share

  !> Rain share of precipitation.
  pure function rain_share(temperature) result(share)
    real(sp), intent(in) :: temperature(lanes)
    real(sp) :: share(lanes)

    share = min(max((temperature - 268.16_sp)/15.0_sp, 0.0_sp), 1.0_sp)
  end function rain_share

  !> Graupel share of frozen precipitation.
  pure function graupel_share(temperature) result(share)
    real(sp), intent(in) :: temperature(lanes)
    real(sp) :: share(lanes)

    share = min(max((temperature - 223.16_sp)/60.0_sp, 0.0_sp), 1.0_sp)
  end function graupel_share
end module paramnet_crm_saturation

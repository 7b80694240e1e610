!> One-moment microphysics with ice after Khairoutdinov & Randall (2003), appendix A: one precipitating water that is
!> rain, snow or graupel by temperature; autoconversion, collection, evaporation, fall.
module paramnet_crm_precipitation
  use paramnet_crm_constants, only: cp, gas_vapour, lanes, latent_evaporation, latent_sublimation, sp, &
                                    warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
  use paramnet_crm_saturation, only: graupel_share, liquid_share, rain_share, saturation_mixing_ratio
  implicit none
  private
  public :: convert, fall

  real(sp), parameter :: pi = 3.14159265_sp

  ! Marshall-Palmer spectra: intercept m-4, density kg m-3, fall speed a D**b (m s-1, D in m), share of cloud ice that
  ! sticks, shape and ventilation of a particle, and the gamma functions of 3 + b, 4 + b, (5 + b) / 2.
  type :: species
    real(sp) :: intercept, density, a, b, collects_ice, shape, still, moving, gamma_sweep, gamma_fall, gamma_ventilation
  end type species
  type(species), parameter :: rain = species(8.0e6_sp, 1000.0_sp, 842.0_sp, 0.8_sp, 1.0_sp, 1.0_sp, 0.78_sp, 0.31_sp, &
                                             gamma(3.8_sp), gamma(4.8_sp), gamma(2.9_sp))
  type(species), parameter :: snow = species(3.0e6_sp, 100.0_sp, 4.84_sp, 0.25_sp, 0.1_sp, 2.0_sp/pi, 0.65_sp, 0.44_sp, &
                                             gamma(3.25_sp), gamma(4.25_sp), gamma(2.625_sp))
  type(species), parameter :: graupel = species(4.0e6_sp, 400.0_sp, 94.5_sp, 0.5_sp, 0.1_sp, 1.0_sp, 0.78_sp, 0.31_sp, &
                                                gamma(3.5_sp), gamma(4.5_sp), gamma(2.75_sp))

  real(sp), parameter :: autoconversion_rate = 1.0e-3_sp, cloud_threshold = 1.0e-3_sp   ! s-1, kg kg-1
  real(sp), parameter :: aggregation_rate = 1.0e-3_sp, ice_threshold = 1.0e-4_sp
  real(sp), parameter :: diffusivity = 2.21e-5_sp, conductivity = 2.40e-2_sp, viscosity = 1.717e-5_sp
  real(sp), parameter :: reference_density = 1.29_sp
  real(sp), parameter :: least = 1.0e-12_sp  ! kg kg-1: less counts as no precipitation

  !> Rain, snow and graupel of a row of lanes: kg kg-1, and rho q / (pi rho_m N_m), the fourth power of the inverse
  !> slope of the spectrum (m4), with its roots: the 40th for rain, the 16th for the others.
  type :: fallen
    real(sp), dimension(lanes) :: rain, snow, graupel, rain_root, snow_root, graupel_root
  end type fallen

contains

  !> Cloud to precipitation, precipitation to vapour, over dt: changes qt, qp, cloud; the energy variable is unchanged.
  subroutine convert(grid, dt, temperature, qt, qp, cloud)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, temperature(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: qt(lanes, grid%nx, grid%nz), qp(lanes, grid%nx, grid%nz), cloud(lanes, grid%nx, grid%nz)
    type(fallen) :: parts
    real(sp) :: made(lanes), lost(lanes)
    integer :: i, k

    do k = 1, grid%nz
      do i = 1, grid%nx
        call divide(grid%rho(:, k), temperature(:, i, k), qp(:, i, k), parts)
        call collect(dt, grid%rho(:, k), temperature(:, i, k), parts, cloud(:, i, k), made)
        call evaporate(dt, grid%rho(:, k), grid%pressure(:, k), temperature(:, i, k), parts, qt(:, i, k), qp(:, i, k), lost)
        made = merge(made, -lost, cloud(:, i, k) > 0.0_sp)
        qp(:, i, k) = qp(:, i, k) + made
        qt(:, i, k) = qt(:, i, k) - made
        cloud(:, i, k) = max(cloud(:, i, k) - max(made, 0.0_sp), 0.0_sp)
      end do
    end do
  end subroutine convert

  !> Cloud that becomes precipitation within dt; implicit in the cloud water, so never more than available.
  pure subroutine collect(dt, rho, temperature, parts, cloud, made)
    real(sp), intent(in) :: dt, rho(lanes), temperature(lanes), cloud(lanes)
    type(fallen), intent(in) :: parts
    real(sp), intent(out) :: made(lanes)
    real(sp), dimension(lanes) :: liquid, ice, by_rain, by_snow, by_graupel, rate, left, thin, root2, root4

    thin = sqrt(reference_density/rho)
    root2 = parts%rain_root*parts%rain_root
    root4 = root2*root2
    by_rain = sweep(rain)*thin*fourth_power(root4*root4)*(root4*root2)                       ! power 38 / 40
    by_snow = sweep(snow)*thin*fourth_power(parts%snow_root)**3*parts%snow_root              ! 13 / 16
    by_graupel = sweep(graupel)*thin*fourth_power(parts%graupel_root)**3*parts%graupel_root**2   ! 14 / 16
    liquid = liquid_share(temperature)*cloud
    ice = cloud - liquid
    rate = merge(autoconversion_rate, 0.0_sp, liquid > cloud_threshold)
    left = (liquid + dt*rate*cloud_threshold)/(1.0_sp + dt*(rate + by_rain + by_snow + by_graupel))
    made = max(liquid - left, 0.0_sp)
    rate = merge(aggregation_rate*exp_small(0.025_sp*(temperature - 273.16_sp)), 0.0_sp, ice > ice_threshold)
    left = (ice + dt*rate*ice_threshold) &
           /(1.0_sp + dt*(rate + by_rain*rain%collects_ice + by_snow*snow%collects_ice + by_graupel*graupel%collects_ice))
    made = made + max(ice - left, 0.0_sp)
  end subroutine collect

  !> Precipitation that evaporates within dt in air below saturation: at most all of it, at most half the deficit.
  pure subroutine evaporate(dt, rho, pressure, temperature, parts, qt, qp, lost)
    real(sp), intent(in) :: dt, rho(lanes), pressure(lanes), temperature(lanes), qt(lanes), qp(lanes)
    type(fallen), intent(in) :: parts
    real(sp), intent(out) :: lost(lanes)
    real(sp), dimension(lanes) :: over_water, over_ice, rate, thin, drag, x, root4, root8

    call saturation_mixing_ratio(temperature, pressure, over_water, over_ice)
    thin = sqrt(sqrt(reference_density/rho))
    drag = sqrt(rho/viscosity)
    x = parts%rain_root
    root4 = fourth_power(x)
    root8 = root4*root4
    rate = max(1.0_sp - qt/over_water, 0.0_sp)*inverse_resistance(rho, pressure, temperature, latent_evaporation, over_water) &
           *ventilated(rain, thin*drag, root8*root8*root4, root8*root8*root8*root4*x)              ! 20 / 40, 29 / 40
    x = parts%snow_root
    root4 = fourth_power(x)
    root8 = root4*root4
    thin = thin*drag
    drag = ventilated(snow, thin, root8, root8*sqrt(root4*x))                                      ! 8 / 16, 10.5 / 16
    x = parts%graupel_root
    root4 = fourth_power(x)
    drag = drag + ventilated(graupel, thin, root4*root4, root4*root4*x*x*x)                        ! 8 / 16, 11 / 16
    rate = rate + max(1.0_sp - qt/over_ice, 0.0_sp) &
           *inverse_resistance(rho, pressure, temperature, latent_sublimation, over_ice)*drag
    lost = min(dt*rate, qp, 0.5_sp*max(over_water - qt, 0.0_sp))
    lost = merge(qp, lost, qp < least)
  end subroutine evaporate

  pure subroutine divide(rho, temperature, qp, parts)
    real(sp), intent(in) :: rho(lanes), temperature(lanes), qp(lanes)
    type(fallen), intent(out) :: parts

    parts%rain = rain_share(temperature)*qp
    parts%graupel = graupel_share(temperature)*(qp - parts%rain)
    parts%snow = qp - parts%rain - parts%graupel
    parts%rain_root = fortieth_root(rho*max(parts%rain, 0.0_sp)/(pi*rain%density*rain%intercept))
    parts%snow_root = sqrt(sqrt(sqrt(sqrt(rho*max(parts%snow, 0.0_sp)/(pi*snow%density*snow%intercept)))))
    parts%graupel_root = sqrt(sqrt(sqrt(sqrt(rho*max(parts%graupel, 0.0_sp)/(pi*graupel%density*graupel%intercept)))))
  end subroutine divide

  !> Collection rate of falling particles per unit of x**((3 + b) / 4) at the reference density, s-1.
  pure function sweep(what) result(rate)
    type(species), intent(in) :: what
    real(sp) :: rate

    rate = 0.25_sp*pi*what%a*what%intercept*what%gamma_sweep
  end function sweep

  !> Ventilated surface of the particles: the factor of deficit / resistance.  root: x**(1/2);
  !> power: x**((5 + b) / 8); drag: (rho / viscosity)**(1/2) (reference density / rho)**(1/4).
  pure function ventilated(what, drag, root, power) result(surface)
    type(species), intent(in) :: what
    real(sp), intent(in) :: drag(lanes), root(lanes), power(lanes)
    real(sp) :: surface(lanes)

    surface = 2.0_sp*pi*what%shape*what%intercept &
              *(what%still*root + (what%moving*what%gamma_ventilation*sqrt(what%a))*drag*power)
  end function ventilated

  !> 1 / (rho (A + B)): heat conduction and vapour diffusion around a particle.
  pure function inverse_resistance(rho, pressure, temperature, latent_heat, saturation) result(inverse)
    real(sp), intent(in) :: rho(lanes), pressure(lanes), temperature(lanes), latent_heat, saturation(lanes)
    real(sp) :: inverse(lanes)

    inverse = 1.0_sp/(rho*(latent_heat/(conductivity*temperature)*(latent_heat/(gas_vapour*temperature) - 1.0_sp) &
                           + gas_vapour*temperature*(0.62188_sp + saturation)/(diffusivity*saturation*pressure)))
  end function inverse_resistance

  !> Precipitation falls for dt, implicitly (any fall distance, never negative), taking its latent heat along.
  !> reached : (lanes, 2) rain and snow at the surface, kg m-2, mean over x.
  subroutine fall(grid, dt, temperature, t, qp, reached)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, temperature(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: t(lanes, grid%nx, grid%nz), qp(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: reached(lanes, 2)
    real(sp), dimension(lanes) :: arriving, arriving_heat, leaving, heat, speed, mass
    integer :: i, k

    do i = 1, grid%nx
      arriving = 0.0_sp
      arriving_heat = 0.0_sp
      do k = grid%nz, 1, -1
        call fall_speed(grid%rho(:, k), temperature(:, i, k), qp(:, i, k), speed)
        mass = grid%rho(:, k)*grid%dz(:, k)
        qp(:, i, k) = (qp(:, i, k) + arriving/mass)/(1.0_sp + dt*speed/grid%dz(:, k))
        leaving = dt*speed*grid%rho(:, k)*qp(:, i, k)
        heat = leaving*(warming_condensation + warming_fusion*(1.0_sp - rain_share(temperature(:, i, k))))
        t(:, i, k) = t(:, i, k) - (arriving_heat - heat)/mass
        arriving = leaving
        arriving_heat = heat
      end do
      reached(:, 1) = reached(:, 1) + arriving*rain_share(temperature(:, i, 1))/grid%nx
      reached(:, 2) = reached(:, 2) + arriving*(1.0_sp - rain_share(temperature(:, i, 1)))/grid%nx
    end do
  end subroutine fall

  !> Mass-weighted fall speed of rain, snow and graupel together, m s-1, downward.
  pure subroutine fall_speed(rho, temperature, qp, speed)
    real(sp), intent(in) :: rho(lanes), temperature(lanes), qp(lanes)
    real(sp), intent(out) :: speed(lanes)
    type(fallen) :: parts

    call divide(rho, temperature, qp, parts)
    speed = parts%rain*terminal(rain)*fourth_power(parts%rain_root)**2 &
            + parts%snow*terminal(snow)*parts%snow_root + parts%graupel*terminal(graupel)*parts%graupel_root**2
    speed = merge(sqrt(reference_density/rho)*speed/max(qp, least), 0.0_sp, qp > least)
  end subroutine fall_speed

  !> Fall speed per unit of x**(b / 4) at the reference density, m s-1.
  pure function terminal(what) result(speed)
    type(species), intent(in) :: what
    real(sp) :: speed

    speed = what%a*what%gamma_fall/6.0_sp
  end function terminal

  pure function fourth_power(x) result(power)
    real(sp), intent(in) :: x(lanes)
    real(sp) :: power(lanes)

    power = (x*x)*(x*x)
  end function fourth_power

  !> x**(1/40) for x up to 1, 0 for x = 0: one logarithm and one exponential of small range, written out so that every
  !> lane does the same.
  pure function fortieth_root(x) result(root)
    real(sp), intent(in) :: x(lanes)
    real(sp) :: root(lanes), s, square
    integer :: bits, two
    integer :: b

    do b = 1, lanes
      bits = transfer(max(x(b), 1.0e-30_sp), bits)
      two = shifta(bits - int(z'3f3504f3'), 23)   ! so that the mantissa is around one
      s = transfer(bits - shiftl(two, 23), s)
      s = (s - 1.0_sp)/(s + 1.0_sp)
      square = s*s
      root(b) = (two*0.69314718_sp + 2.0_sp*s*(1.0_sp + square*(1.0_sp/3.0_sp + square*(0.2_sp &
                                                + square*(1.0_sp/7.0_sp + square/9.0_sp)))))/40.0_sp
    end do
    root = merge(exp_small(root), 0.0_sp, x > 1.0e-30_sp)
  end function fortieth_root

  !> exp(x) for x between -3 and 1, to a few parts in 1e7: the fourth power of a Taylor sum about -1/4.
  pure function exp_small(x) result(value)
    real(sp), intent(in) :: x(lanes)
    real(sp) :: value(lanes), y
    integer :: b

    do b = 1, lanes
      y = 0.25_sp*x(b) + 0.25_sp
      y = 0.77880078_sp*(1.0_sp + y*(1.0_sp + y*(0.5_sp + y*(1.0_sp/6.0_sp + y*(1.0_sp/24.0_sp + y*(1.0_sp/120.0_sp &
          + y*(1.0_sp/720.0_sp + y/5040.0_sp)))))))
      value(b) = (y*y)*(y*y)
    end do
  end function exp_small
end module paramnet_crm_precipitation

!> One-moment microphysics with ice after Khairoutdinov & Randall (2003), appendix A: one precipitating water that is
!> rain, snow or graupel by temperature; autoconversion, collection, evaporation, fall.
module paramnet_crm_precipitation
  use paramnet_crm_constants, only: cp, gas_dry, gas_vapour, lanes, latent_evaporation, latent_sublimation, sp, &
                                    warming_condensation, warming_fusion
  use paramnet_crm_grid, only: crm_grid
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

  !> Rain, snow and graupel of a cell: kg kg-1, and rho q / (pi rho_m N_m), the fourth power of the inverse slope of the
  !> spectrum (m4), with its roots: the 40th for rain, the 16th for the others.
  type :: fallen
    real(sp) :: rain, snow, graupel, rain_root, snow_root, graupel_root
  end type fallen

contains

  !> Cloud to precipitation, precipitation to vapour, over dt: changes qt, qp, cloud; the energy variable is unchanged.
  subroutine convert(grid, dt, temperature, qt, qp, cloud)
    type(crm_grid), intent(in) :: grid
    real(sp), intent(in) :: dt, temperature(lanes, grid%nx, grid%nz)
    real(sp), intent(inout) :: qt(lanes, grid%nx, grid%nz), qp(lanes, grid%nx, grid%nz), cloud(lanes, grid%nx, grid%nz)
    integer :: i, k

    do k = 1, grid%nz
      do i = 1, grid%nx
        ! Without cloud and precipitation in any lane nothing changes.
        if (all_zero(cloud(:, i, k)) .and. all_zero(qp(:, i, k))) cycle
        call convert_row(dt, grid%rho(:, k), grid%pressure(:, k), temperature(:, i, k), qt(:, i, k), qp(:, i, k), cloud(:, i, k))
      end do
    end do
  end subroutine convert

  pure subroutine convert_row(dt, rho, pressure, temperature, qt, qp, cloud)
    real(sp), intent(in) :: dt, rho(lanes), pressure(lanes), temperature(lanes)
    real(sp), intent(inout) :: qt(lanes), qp(lanes), cloud(lanes)
    type(fallen) :: parts
    real(sp) :: made, lost
    integer :: b

    !GCC$ ivdep
    do b = 1, lanes
      call divide(rho(b), temperature(b), qp(b), parts)
      call collect(dt, rho(b), temperature(b), parts, cloud(b), made)
      call evaporate(dt, rho(b), pressure(b), temperature(b), parts, qt(b), qp(b), lost)
      made = merge(made, -lost, cloud(b) > 0.0_sp)
      qp(b) = qp(b) + made
      qt(b) = qt(b) - made
      cloud(b) = max(cloud(b) - max(made, 0.0_sp), 0.0_sp)
    end do
  end subroutine convert_row

  pure logical function all_zero(q)
    real(sp), intent(in) :: q(lanes)
    integer :: b, number

    number = 0
    do b = 1, lanes
      number = number + merge(1, 0, abs(q(b)) > 0.0_sp)
    end do
    all_zero = number == 0
  end function all_zero

  !> Cloud that becomes precipitation within dt; implicit in the cloud water, so never more than available.
  elemental subroutine collect(dt, rho, temperature, parts, cloud, made)
    real(sp), intent(in) :: dt, rho, temperature, cloud
    type(fallen), intent(in) :: parts
    real(sp), intent(out) :: made
    real(sp) :: liquid, ice, by_rain, by_snow, by_graupel, rate, left, thin, root2, root4

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
  elemental subroutine evaporate(dt, rho, pressure, temperature, parts, qt, qp, lost)
    real(sp), intent(in) :: dt, rho, pressure, temperature, qt, qp
    type(fallen), intent(in) :: parts
    real(sp), intent(out) :: lost
    real(sp) :: over_water, over_ice, rate, thin, drag, x, root4, root8

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

  elemental subroutine divide(rho, temperature, qp, parts)
    real(sp), intent(in) :: rho, temperature, qp
    type(fallen), intent(out) :: parts

    parts%rain = rain_share(temperature)*qp
    parts%graupel = graupel_share(temperature)*(qp - parts%rain)
    parts%snow = qp - parts%rain - parts%graupel
    parts%rain_root = fortieth_root(rho*max(parts%rain, 0.0_sp)*(1.0_sp/(pi*rain%density*rain%intercept)))
    parts%snow_root = sqrt(sqrt(sqrt(sqrt(rho*max(parts%snow, 0.0_sp)*(1.0_sp/(pi*snow%density*snow%intercept))))))
    parts%graupel_root = sqrt(sqrt(sqrt(sqrt(rho*max(parts%graupel, 0.0_sp)*(1.0_sp/(pi*graupel%density*graupel%intercept))))))
  end subroutine divide

  !> Collection rate of falling particles per unit of x**((3 + b) / 4) at the reference density, s-1.
  pure function sweep(what) result(rate)
    type(species), intent(in) :: what
    real(sp) :: rate

    rate = 0.25_sp*pi*what%a*what%intercept*what%gamma_sweep
  end function sweep

  !> Ventilated surface of the particles: the factor of deficit / resistance.  root: x**(1/2);
  !> power: x**((5 + b) / 8); drag: (rho / viscosity)**(1/2) (reference density / rho)**(1/4).
  elemental function ventilated(what, drag, root, power) result(surface)
    type(species), intent(in) :: what
    real(sp), intent(in) :: drag, root, power
    real(sp) :: surface

    surface = 2.0_sp*pi*what%shape*what%intercept &
              *(what%still*root + (what%moving*what%gamma_ventilation*sqrt(what%a))*drag*power)
  end function ventilated

  !> 1 / (rho (A + B)): heat conduction and vapour diffusion around a particle.
  elemental function inverse_resistance(rho, pressure, temperature, latent_heat, saturation) result(inverse)
    real(sp), intent(in) :: rho, pressure, temperature, latent_heat, saturation
    real(sp) :: inverse

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
    real(sp), dimension(lanes) :: arriving, arriving_heat
    real(sp) :: share
    integer :: b, i, k

    do i = 1, grid%nx
      arriving = 0.0_sp
      arriving_heat = 0.0_sp
      do k = grid%nz, 1, -1
        ! Without precipitation here or from above nothing changes.
        if (all_zero(arriving) .and. all_zero(qp(:, i, k))) cycle
        call fall_through(dt, grid%rho(:, k), grid%inverse_dz(:, k), grid%inverse_mass(:, k), &
                          temperature(:, i, k), t(:, i, k), qp(:, i, k), arriving, arriving_heat)
      end do
      do b = 1, lanes
        share = rain_share(temperature(b, i, 1))
        reached(b, 1) = reached(b, 1) + arriving(b)*share/grid%nx
        reached(b, 2) = reached(b, 2) + arriving(b)*(1.0_sp - share)/grid%nx
      end do
    end do
  end subroutine fall

  !> One layer: what arrives from above (kg m-2, and its latent heat, K kg m-2) becomes what leaves it.
  pure subroutine fall_through(dt, rho, inverse_dz, inverse_mass, temperature, t, qp, arriving, arriving_heat)
    real(sp), intent(in) :: dt
    real(sp), dimension(lanes), intent(in) :: rho, inverse_dz, inverse_mass, temperature
    real(sp), dimension(lanes), intent(inout) :: t, qp, arriving, arriving_heat
    real(sp) :: distance, heat
    integer :: b

    !GCC$ ivdep
    do b = 1, lanes
      distance = dt*fall_speed(rho(b), temperature(b), qp(b))
      qp(b) = (qp(b) + arriving(b)*inverse_mass(b))/(1.0_sp + distance*inverse_dz(b))
      arriving(b) = distance*rho(b)*qp(b)
      heat = arriving(b)*(warming_condensation + warming_fusion*(1.0_sp - rain_share(temperature(b))))
      t(b) = t(b) - (arriving_heat(b) - heat)*inverse_mass(b)
      arriving_heat(b) = heat
    end do
  end subroutine fall_through

  !> Mass-weighted fall speed of rain, snow and graupel together, m s-1, downward.
  elemental function fall_speed(rho, temperature, qp) result(speed)
    real(sp), intent(in) :: rho, temperature, qp
    real(sp) :: speed
    type(fallen) :: parts

    call divide(rho, temperature, qp, parts)
    speed = parts%rain*terminal(rain)*fourth_power(parts%rain_root)**2 &
            + parts%snow*terminal(snow)*parts%snow_root + parts%graupel*terminal(graupel)*parts%graupel_root**2
    speed = merge(sqrt(reference_density/rho)*speed/max(qp, least), 0.0_sp, qp > least)
  end function fall_speed

  !> Fall speed per unit of x**(b / 4) at the reference density, m s-1.
  pure function terminal(what) result(speed)
    type(species), intent(in) :: what
    real(sp) :: speed

    speed = what%a*what%gamma_fall/6.0_sp
  end function terminal

  include 'paramnet_crm_liquid_share.inc'
  include 'paramnet_crm_phases.inc'
  include 'paramnet_crm_roots.inc'
end module paramnet_crm_precipitation

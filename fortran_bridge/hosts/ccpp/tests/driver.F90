!> driver SCHEME.pt: a CCPP host in miniature.  Calls init, run and final as a generated cap would, and compares with the
!> same network called directly.
program driver
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, output_unit, real64
  use ccpp_kinds, only: kind_phys
  use paramnet, only: paramnet_scheme
  use paramnet_convection, only: paramnet_convection_init, paramnet_convection_run, paramnet_convection_final
  implicit none
  integer, parameter :: ncol = 16, pver = 30
  real(kind_phys), parameter :: gravity = 9.80616_kind_phys, rair = 287.04_kind_phys, cpair = 1004.64_kind_phys
  real(kind_phys), parameter :: latvap = 2.501e6_kind_phys, rhoh2o = 1000.0_kind_phys, timestep = 1800.0_kind_phys
  type(paramnet_scheme) :: network
  real(kind_phys), dimension(ncol, pver), target :: pressure, t, q, v, enthalpy, dq, dt_direct, dq_direct
  real(kind_phys), dimension(ncol), target :: ps, insolation, sensible, latent, precipitation
  real(kind_phys), dimension(ncol, 5), target :: fluxes, direct  ! four fluxes, precipitation
  integer :: flags(ncol), wrong, errflg, step
  character(len=512) :: path, errmsg

  call get_command_argument(1, path)
  wrong = 0
  call make_state()
  call call_directly()

  call start(9.7_kind_phys, pver, 0.05_kind_phys)
  call expect(errflg /= 0 .and. index(errmsg, 'gravity') > 0, 'another gravity is refused by name: ' // trim(errmsg))
  call start(gravity, 26, 0.05_kind_phys)
  call expect(errflg /= 0 .and. index(errmsg, '30 levels') > 0, 'another grid is refused: ' // trim(errmsg))
  call start(gravity, pver, 0.05_kind_phys)
  call expect(errflg == 0, 'the right host is accepted: ' // trim(errmsg))
  call run(900.0_kind_phys)
  call expect(errflg /= 0 .and. index(errmsg, 'time_step') > 0, 'another time step is refused: ' // trim(errmsg))

  call run(timestep)
  call expect(errflg == 0, 'a step: ' // trim(errmsg))
  call expect(all(same(enthalpy, cpair * dt_direct)), 'heating is cp times the network''s')
  call expect(maxval(abs(enthalpy)) > 0, 'there is some heating')
  call expect(all(same(dq, dq_direct)), 'moistening is the network''s')
  call expect(all(same(fluxes(:, 1:4), direct(:, 1:4))) .and. all(same(precipitation, direct(:, 5))), 'so are the fluxes')

  t(5, 7) = ieee_value(t(5, 7), ieee_quiet_nan)
  call run(timestep)
  call expect(errflg == 0 .and. flags(5) /= 0, 'one column that is not finite is flagged')
  call expect(all(abs(enthalpy(5, :)) <= 0) .and. all(abs(dq(5, :)) <= 0), 'and has zero tendencies')
  call expect(all(same(enthalpy(6:, :), cpair * dt_direct(6:, :))), 'its neighbours have theirs')
  do step = 1, 700
    call run(timestep)
    if (errflg /= 0) exit
  end do
  call expect(errflg /= 0 .and. index(errmsg, 'more than the share allowed') > 0, 'too many of them end the run: ' // &
    trim(errmsg))

  call paramnet_convection_final(.true., output_unit, errmsg, errflg)
  call expect(errflg == 0, 'the end')
  if (wrong > 0) error stop 1

contains

  subroutine make_state()
    real(real64) :: a(pver), b(pver)
    integer(int32) :: status
    integer :: i, k

    call network%load(trim(path), strict=.false., status=status)
    if (status /= 0) error stop 'the scheme does not load'
    call network%vertical_grid(a, b)
    do i = 1, ncol
      ps(i) = 9.8e4_kind_phys + 250 * i
      do k = 1, pver
        pressure(i, k) = real(a(k) + b(k) * ps(i), kind_phys)
        t(i, k) = (288 + i) * (pressure(i, k) / ps(i))**0.19_kind_phys
        q(i, k) = 0.018_kind_phys * (pressure(i, k) / ps(i))**3
        v(i, k) = 10 - i
      end do
    end do
    insolation = 600
    sensible = 20
    latent = 120
  end subroutine make_state

  subroutine call_directly()
    real(real64), target :: surface(ncol), levels(ncol, pver)

    surface = real(ps, real64)
    levels = real(pressure, real64)
    call network%check_pressure(surface, levels)
    call network%bind_input('air_temperature', 'K', t)
    call network%bind_input('specific_humidity', 'kg kg-1', q)
    call network%bind_input('northward_wind', 'm s-1', v)
    call network%bind_input('surface_air_pressure', 'Pa', ps)
    call network%bind_input('toa_incoming_shortwave_flux', 'W m-2', insolation)
    call network%bind_input('surface_upward_sensible_heat_flux', 'W m-2', sensible)
    call network%bind_input('surface_upward_latent_heat_flux', 'W m-2', latent)
    call network%bind_output('tendency_of_air_temperature', 'K s-1', dt_direct)
    call network%bind_output('tendency_of_specific_humidity', 'kg kg-1 s-1', dq_direct)
    call network%bind_output('toa_net_downward_shortwave_flux', 'W m-2', direct(:, 1))
    call network%bind_output('surface_net_downward_shortwave_flux', 'W m-2', direct(:, 2))
    call network%bind_output('toa_net_upward_longwave_flux', 'W m-2', direct(:, 3))
    call network%bind_output('surface_net_upward_longwave_flux', 'W m-2', direct(:, 4))
    call network%bind_output('precipitation_rate', 'm s-1', direct(:, 5))
    call network%run(int(ncol, int32))
    call network%free()
  end subroutine call_directly

  subroutine start(g, levels, limit)
    real(kind_phys), intent(in) :: g, limit
    integer, intent(in) :: levels

    call paramnet_convection_init(path, 'cpu', limit, levels, g, rair, cpair, latvap, rhoh2o, errmsg, errflg)
  end subroutine start

  subroutine run(seconds)
    real(kind_phys), intent(in) :: seconds

    call paramnet_convection_run(ncol, pver, seconds, pressure, t, q, v, ps, insolation, sensible, latent, cpair, &
      enthalpy, dq, fluxes(:, 1), fluxes(:, 2), fluxes(:, 3), fluxes(:, 4), precipitation, flags, errmsg, errflg)
  end subroutine run

  elemental logical function same(first, second)
    real(kind_phys), intent(in) :: first, second
    same = abs(first - second) <= 0
  end function same

  subroutine expect(condition, what)
    logical, intent(in) :: condition
    character(len=*), intent(in) :: what

    if (condition) return
    wrong = wrong + 1
    write (error_unit, '(2a)') 'not so: ', what
  end subroutine expect
end program driver

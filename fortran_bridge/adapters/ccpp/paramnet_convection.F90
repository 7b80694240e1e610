!> A trained parameterization as a CCPP scheme.  Written by `paramnet ccpp` from the contract rasp2018
!> (254fa3a3f1bf22cb); change that and write anew.
module paramnet_convection
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use ccpp_kinds, only: kind_phys
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT
  implicit none
  private
  public :: paramnet_convection_init, paramnet_convection_run, paramnet_convection_final

  integer, parameter :: window = 10000  ! columns over which the share without a result is judged
  type(paramnet_scheme), save :: network
  real(kind_phys), save :: largest_share
  integer, save :: seen, without_result
  logical, save :: host_is_checked

contains

  !> \section arg_table_paramnet_convection_init  Argument Table
  !! \htmlinclude paramnet_convection_init.html
  subroutine paramnet_convection_init( &
    scheme_file, &
    device, &
    fallback_limit, &
    pver, &
    gravity, &
    gas_constant_of_dry_air, &
    specific_heat_of_dry_air, &
    latent_heat_of_vaporization, &
    density_of_water, &
    errmsg, &
    errflg)
    character(len=*), intent(in) :: scheme_file
    character(len=*), intent(in) :: device
    real(kind_phys), intent(in) :: fallback_limit  ! fraction
    integer, intent(in) :: pver
    real(kind_phys), intent(in) :: gravity  ! m s-2
    real(kind_phys), intent(in) :: gas_constant_of_dry_air  ! J kg-1 K-1
    real(kind_phys), intent(in) :: specific_heat_of_dry_air  ! J kg-1 K-1
    real(kind_phys), intent(in) :: latent_heat_of_vaporization  ! J kg-1
    real(kind_phys), intent(in) :: density_of_water  ! kg m-3
    character(len=512), intent(out) :: errmsg
    integer, intent(out) :: errflg

    integer(int32) :: status
    character(len=:), allocatable :: message

    largest_share = fallback_limit
    seen = 0
    without_result = 0
    host_is_checked = .false.
    call network%load(trim(scheme_file), device=trim(device), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    if (network%levels() /= pver) then
      write (errmsg, '(a, 2(i0, a))') 'paramnet_convection: expected a host with ', network%levels(), &
        ' levels, as in training, got ', pver, '; export a scheme for this grid'
      errflg = 1
      return
    end if
    call network%check_constant('gravity', &
      real(gravity, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%check_constant('gas_constant_of_dry_air', &
      real(gas_constant_of_dry_air, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%check_constant('specific_heat_of_dry_air', &
      real(specific_heat_of_dry_air, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%check_constant('latent_heat_of_vaporization', &
      real(latent_heat_of_vaporization, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%check_constant('density_of_water', &
      real(density_of_water, real64), status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
  end subroutine paramnet_convection_init

  !> \section arg_table_paramnet_convection_run  Argument Table
  !! \htmlinclude paramnet_convection_run.html
  subroutine paramnet_convection_run( &
    ncol, &
    pver, &
    timestep, &
    air_pressure, &
    air_temperature, &
    specific_humidity, &
    northward_wind, &
    surface_air_pressure, &
    toa_incoming_shortwave_flux, &
    surface_upward_sensible_heat_flux, &
    surface_upward_latent_heat_flux, &
    specific_heat_of_dry_air, &
    tendency_of_dry_air_enthalpy, &
    tendency_of_specific_humidity, &
    toa_net_downward_shortwave_flux, &
    surface_net_downward_shortwave_flux, &
    toa_net_upward_longwave_flux, &
    surface_net_upward_longwave_flux, &
    precipitation_rate, &
    column_flags, &
    errmsg, &
    errflg)
    integer, intent(in) :: ncol
    integer, intent(in) :: pver
    real(kind_phys), intent(in) :: timestep  ! s
    real(kind_phys), intent(in) :: air_pressure(:, :)  ! Pa
    real(kind_phys), target, intent(in) :: air_temperature(:, :)  ! K
    real(kind_phys), target, intent(in) :: specific_humidity(:, :)  ! kg kg-1
    real(kind_phys), target, intent(in) :: northward_wind(:, :)  ! m s-1
    real(kind_phys), target, intent(in) :: surface_air_pressure(:)  ! Pa
    real(kind_phys), target, intent(in) :: toa_incoming_shortwave_flux(:)  ! W m-2
    real(kind_phys), target, intent(in) :: surface_upward_sensible_heat_flux(:)  ! W m-2
    real(kind_phys), target, intent(in) :: surface_upward_latent_heat_flux(:)  ! W m-2
    real(kind_phys), intent(in) :: specific_heat_of_dry_air  ! J kg-1 K-1
    real(kind_phys), target, intent(out) :: tendency_of_dry_air_enthalpy(:, :)  ! J kg-1 s-1
    real(kind_phys), target, intent(out) :: tendency_of_specific_humidity(:, :)  ! kg kg-1 s-1
    real(kind_phys), target, intent(out) :: toa_net_downward_shortwave_flux(:)  ! W m-2
    real(kind_phys), target, intent(out) :: surface_net_downward_shortwave_flux(:)  ! W m-2
    real(kind_phys), target, intent(out) :: toa_net_upward_longwave_flux(:)  ! W m-2
    real(kind_phys), target, intent(out) :: surface_net_upward_longwave_flux(:)  ! W m-2
    real(kind_phys), target, intent(out) :: precipitation_rate(:)  ! m s-1
    integer, intent(out) :: column_flags(:)
    character(len=512), intent(out) :: errmsg
    integer, intent(out) :: errflg

    real(kind_phys), target :: tendency_of_air_temperature(ncol, pver)  ! K s-1
    integer(int32) :: status
    character(len=:), allocatable :: message

    if (.not. host_is_checked) then
      call check_host(surface_air_pressure, air_pressure, timestep, status, message)
      if (failed(status, message, errmsg, errflg)) return
      host_is_checked = .true.
    end if

    call network%bind_input('air_temperature', 'K', &
      air_temperature, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('specific_humidity', 'kg kg-1', &
      specific_humidity, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('northward_wind', 'm s-1', &
      northward_wind, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('surface_air_pressure', 'Pa', &
      surface_air_pressure, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('toa_incoming_shortwave_flux', 'W m-2', &
      toa_incoming_shortwave_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('surface_upward_sensible_heat_flux', 'W m-2', &
      surface_upward_sensible_heat_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_input('surface_upward_latent_heat_flux', 'W m-2', &
      surface_upward_latent_heat_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('tendency_of_air_temperature', 'K s-1', &
      tendency_of_air_temperature, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('tendency_of_specific_humidity', 'kg kg-1 s-1', &
      tendency_of_specific_humidity, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('toa_net_downward_shortwave_flux', 'W m-2', &
      toa_net_downward_shortwave_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('surface_net_downward_shortwave_flux', 'W m-2', &
      surface_net_downward_shortwave_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('toa_net_upward_longwave_flux', 'W m-2', &
      toa_net_upward_longwave_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('surface_net_upward_longwave_flux', 'W m-2', &
      surface_net_upward_longwave_flux, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%bind_output('precipitation_rate', 'm s-1', &
      precipitation_rate, status=status, message=message)
    if (failed(status, message, errmsg, errflg)) return
    call network%run(int(ncol, int32), column_flags, status, message)
    if (failed(status, message, errmsg, errflg)) return

    ! The network heats in K s-1; CCPP's hosts apply J kg-1 s-1 and divide by cp again.
    tendency_of_dry_air_enthalpy(1:ncol, :) = specific_heat_of_dry_air * tendency_of_air_temperature
    call judge(column_flags(1:ncol), errmsg, errflg)
  end subroutine paramnet_convection_run

  !> \section arg_table_paramnet_convection_final  Argument Table
  !! \htmlinclude paramnet_convection_final.html
  subroutine paramnet_convection_final( &
    is_root, &
    log_unit, &
    errmsg, &
    errflg)
    logical, intent(in) :: is_root
    integer, intent(in) :: log_unit
    character(len=512), intent(out) :: errmsg
    integer, intent(out) :: errflg

    integer(int64) :: columns, nonfinite_input, nonfinite_output, outside
    integer(int32) :: status

    errmsg = ''
    errflg = 0
    call network%counters(columns=columns, nonfinite_input=nonfinite_input, nonfinite_output=nonfinite_output, &
      outside_envelope=outside, status=status)
    if (is_root .and. status == PARAMNET_OK) write (log_unit, '(a, 4(i0, a))') 'paramnet_convection, this rank: ', columns, &
      ' columns; without a result for non-finite inputs ', nonfinite_input, ', outputs ', nonfinite_output, &
      '; outside the training range ', outside, ''
    call network%free()
  end subroutine paramnet_convection_final

  !> Once, before the first step: the host's levels and time step are the training's.
  subroutine check_host(surface_pressure, level_pressure, step, status, message)
    real(kind_phys), intent(in) :: surface_pressure(:), level_pressure(:, :), step  ! Pa, Pa, s
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message
    real(real64), target :: surface(size(surface_pressure)), levels(size(level_pressure, 1), size(level_pressure, 2))

    surface = real(surface_pressure, real64)
    levels = real(level_pressure, real64)
    call network%check_pressure(surface, levels, status=status, message=message)
    if (status /= PARAMNET_OK) return
    call network%check_constant('time_step', real(step, real64), status=status, message=message)
  end subroutine check_host

  !> Columns without a result have zero tendencies; too many of them end the run.
  subroutine judge(flags, errmsg, errflg)
    integer, intent(in) :: flags(:)
    character(len=*), intent(out) :: errmsg
    integer, intent(out) :: errflg

    errmsg = ''
    errflg = 0
    seen = seen + size(flags)
    without_result = without_result + count(iand(flags, PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0)
    if (seen < window) return
    if (without_result > largest_share * seen) then
      write (errmsg, '(a, 2(i0, a), f0.3)') 'paramnet_convection: ', without_result, ' of ', seen, &
        ' columns had inputs or outputs that are not finite, more than the share allowed, ', largest_share
      errflg = 1
    end if
    seen = 0
    without_result = 0
  end subroutine judge

  !> Hands a failure of the bridge to CCPP; the caller returns at once.
  logical function failed(status, message, errmsg, errflg)
    integer(int32), intent(in) :: status
    character(len=*), intent(in) :: message
    character(len=*), intent(out) :: errmsg
    integer, intent(out) :: errflg

    failed = status /= PARAMNET_OK
    errmsg = ''
    if (failed) errmsg = 'paramnet_convection: ' // message
    errflg = merge(1, 0, failed)
  end function failed
end module paramnet_convection

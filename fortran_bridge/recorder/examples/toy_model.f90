!> toy_model record FOLDER DAYS [RANK RANKS] | run SCHEME DAYS: a model of 8 x 6 columns and five sigma levels, whose
!> convection is recorded by module paramnet_record, and replaced by the scheme trained on the record.
!> Between `! paramnet {` and `! paramnet }` is what a user adds to a model.
module toy_model_state
  use, intrinsic :: iso_fortran_env, only: int32, real64
  implicit none
  integer, parameter :: nlon = 8, nlat = 6, nlev = 5, steps_per_day = 24
  real(real64), parameter :: dt = 3600, cp = 1004.5_real64, lv = 2.5e6_real64, g = 9.81_real64
  real(real64), parameter :: sigma(0:nlev) = [0.0_real64, 0.2_real64, 0.4_real64, 0.6_real64, 0.8_real64, 1.0_real64]
  real(real64), target :: t(nlon, nlat, nlev), q(nlon, nlat, nlev), ps(nlon, nlat), rain(nlon, nlat)
  real(real64) :: latitude(nlat), longitude(nlon)

contains

  subroutine initialize()
    integer :: place

    latitude = [(-75 + 30 * (place - 1), place=1, nlat)]
    longitude = [(45 * (place - 1), place=1, nlon)]
    ps = 1.0e5_real64
    do place = 1, nlev
      t(:, :, place) = 210 + 18 * place
      q(:, :, place) = 1.0e-3_real64 * place**2
    end do
  end subroutine initialize

  !> Waves in place of dynamics: heating and moistening that differ from column to column and from day to day.
  subroutine dynamics(step)
    integer, intent(in) :: step
    real(real64) :: phase
    integer :: i, j, k

    do k = 1, nlev
      do j = 1, nlat
        do i = 1, nlon
          phase = 0.11_real64 * step + 0.9_real64 * i + 1.7_real64 * j + 0.5_real64 * k
          t(i, j, k) = t(i, j, k) + 0.5_real64 * sin(phase) + 0.3_real64 * sin(0.37_real64 * phase)
          q(i, j, k) = max(q(i, j, k) + 2.0e-4_real64 * (k + 1) * (0.5_real64 + cos(0.7_real64 * phase)), 0.0_real64)
        end do
      end do
    end do
    ps = 1.0e5_real64 + 500 * sin(0.05_real64 * step + spread([(real(i, real64), i=1, nlon)], 2, nlat))
  end subroutine dynamics

  !> Humidity above a reference rains out within six hours, and warms the air.
  subroutine convection()
    real(real64) :: fall(nlon, nlat)
    integer :: k

    rain = 0
    do k = 1, nlev
      fall = max(q(:, :, k) - 1.0e-3_real64 * k**2, 0.0_real64) * dt / 21600
      q(:, :, k) = q(:, :, k) - fall
      t(:, :, k) = t(:, :, k) + lv / cp * fall - (t(:, :, k) - 210 - 18 * k) * dt / 43200
      rain = rain + fall * (sigma(k) - sigma(k - 1)) * ps / g / dt
    end do
  end subroutine convection
end module toy_model_state

program toy_model
  use toy_model_state
  ! paramnet {
  use paramnet
  use paramnet_record, only: paramnet_recorder
  ! paramnet }
  implicit none
  ! paramnet {
  type(paramnet_recorder) :: recorder
  type(paramnet_scheme) :: scheme
  real(real64), target :: dtdt(nlon, nlat, nlev), dqdt(nlon, nlat, nlev)
  integer(int32) :: flags(nlon * nlat)
  ! paramnet }
  character(len=512) :: mode, path
  integer :: step, days, rank, ranks, south, north  ! this rank's latitudes

  call read_arguments()
  call initialize()
  if (mode == 'record') call start_recording()
  if (mode == 'run') call start_scheme()
  do step = 0, days * steps_per_day - 1
    call dynamics(step)
    ! paramnet {
    if (mode == 'run') then
      call scheme%run(size(flags, kind=int32), flags)
      t = t + dt * dtdt
      q = q + dt * dqdt
    else
      call recorder%before(step / real(steps_per_day, real64))
      call convection()
      call recorder%after()
    end if
    ! paramnet }
  end do
  call recorder%close() ! paramnet
  print '(a, 5f9.3, 5f9.5, es12.4)', 'mean state: ', sum(sum(t, 1), 1) / size(ps), 1000 * sum(sum(q, 1), 1) / size(ps), &
    sum(rain) / size(ps)

contains

  ! paramnet {
  subroutine start_recording()
    call recorder%open(path, 'convection', dt, calendar='noleap', model='toy model', rank=rank, ranks=ranks)
    call recorder%columns(latitude(south:north), longitude, layout='longitude,latitude')
    call recorder%sigma_levels(sigma)
    call recorder%constant('gravity', g)
    call recorder%constant('specific_heat_of_dry_air', cp)
    call recorder%constant('latent_heat_of_vaporization', lv)
    call recorder%bind_state('air_temperature', 'K', t(:, south:north, :))
    call recorder%bind_state('specific_humidity', 'kg kg-1', q(:, south:north, :))
    call recorder%bind_input('surface_air_pressure', 'Pa', ps(:, south:north), layout='longitude,latitude')
    call recorder%bind_output('convective_precipitation_flux', 'kg m-2 s-1', rain(:, south:north), &
      layout='longitude,latitude')
  end subroutine start_recording

  subroutine start_scheme()
    call scheme%load(path)
    call scheme%bind_input('air_temperature', 'K', t)
    call scheme%bind_input('specific_humidity', 'kg kg-1', q)
    call scheme%bind_input('surface_air_pressure', 'Pa', ps, layout='longitude,latitude')
    call scheme%bind_output('tendency_of_air_temperature_due_to_convection', 'K s-1', dtdt)
    call scheme%bind_output('tendency_of_specific_humidity_due_to_convection', 'kg kg-1 s-1', dqdt)
    call scheme%bind_output('convective_precipitation_flux', 'kg m-2 s-1', rain, layout='longitude,latitude')
    call scheme%declare_grid(0 * sigma(1:), 0.5_real64 * (sigma(:nlev - 1) + sigma(1:)))
  end subroutine start_scheme
  ! paramnet }

  subroutine read_arguments()
    character(len=16) :: number

    call get_command_argument(1, mode)
    call get_command_argument(2, path)
    call get_command_argument(3, number)
    read (number, *) days
    rank = 0
    ranks = 1
    if (command_argument_count() == 5) then
      call get_command_argument(4, number)
      read (number, *) rank
      call get_command_argument(5, number)
      read (number, *) ranks
    end if
    south = 1 + rank * nlat / ranks
    north = (rank + 1) * nlat / ranks
  end subroutine read_arguments
end program toy_model

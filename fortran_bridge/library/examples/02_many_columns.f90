!> 02_many_columns SCHEME.pt: a host with (column, level) arrays, more columns allocated than used; checks at start-up,
!> then steps in which untrusted columns keep the host's own scheme.
program many_columns
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use paramnet
  implicit none
  integer, parameter :: pcols = 2100, ncol = 2048, nlev = 10, steps = 3
  character(len=*), parameter :: profiles(5) = [character(len=48) :: 'air_temperature', 'specific_humidity', &
    'tendency_of_air_temperature_so_far', 'tendency_of_specific_humidity_so_far', &
    'tendency_of_specific_humidity_due_to_advection']
  character(len=*), parameter :: profile_units(5) = [character(len=13) :: 'K', 'kg kg-1', 'K s-1', 'kg kg-1 s-1', &
    'kg kg-1 s-1']
  type(paramnet_scheme) :: scheme
  real(real64), allocatable, target :: state(:, :, :), surface(:, :), heating(:, :), moistening(:, :), rain(:, :)
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status, flags(ncol)
  integer(int64) :: columns, beyond
  integer :: step, v

  allocate (state(pcols, nlev, 5), surface(pcols, 3))
  allocate (heating(pcols, nlev), moistening(pcols, nlev), rain(pcols, nlev))
  call get_command_argument(1, path)
  call scheme%load(path, status=status, message=message)
  call require()
  do v = 1, 5
    call scheme%bind_input(profiles(v), profile_units(v), state(:, :, v), status=status, message=message)
    call require()
  end do
  call scheme%bind_input('surface_air_pressure', 'Pa', surface(:, 1))
  call scheme%bind_input('surface_temperature', 'K', surface(:, 2))
  call scheme%bind_input('surface_specific_humidity', 'kg kg-1', surface(:, 3))
  call scheme%bind_output('tendency_of_air_temperature_due_to_convection', 'K s-1', heating)
  call scheme%bind_output('tendency_of_specific_humidity_due_to_convection', 'kg kg-1 s-1', moistening)
  call scheme%bind_output('convective_precipitation_production', 'kg kg-1 s-1', rain)
  call fill_state()
  call check_host()

  do step = 1, steps
    call scheme%run(int(ncol, int32), flags, status, message)
    call require()
    where (iand(flags, PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0) rain(1:ncol, nlev) = 0
  end do
  call scheme%counters(columns=columns, outside_envelope=beyond)
  print '(i0, a, i0, a)', columns, ' columns evaluated, ', beyond, ' outside the training range'
  call scheme%free()

contains

  !> The host decides what to do about a failure; this one stops.
  subroutine require()
    if (status == PARAMNET_OK) return
    print '(a)', message
    error stop 1
  end subroutine require

  subroutine fill_state()
    real(real64) :: a(nlev), b(nlev)
    integer :: k

    call scheme%vertical_grid(a, b)
    call random_number(surface)
    surface(:, 1) = 95000 + 8000 * surface(:, 1)
    surface(:, 2) = 280 + 20 * surface(:, 2)
    surface(:, 3) = 0.02_real64 * surface(:, 3)
    state = 0
    do k = 1, nlev
      state(:, k, 1) = surface(:, 2) * b(k)**0.19_real64
      state(:, k, 2) = surface(:, 3) * b(k)**3
    end do
  end subroutine fill_state

  !> Same grid, same gravity, same step?  The message names the first level or constant that differs.
  subroutine check_host()
    real(real64), allocatable :: pressure(:, :)
    real(real64) :: a(nlev), b(nlev)
    integer :: k

    allocate (pressure(pcols, nlev))
    call scheme%vertical_grid(a, b)
    do k = 1, nlev
      pressure(:, k) = a(k) + b(k) * surface(:, 1)
    end do
    call scheme%check_pressure(surface(:, 1), pressure, status=status, message=message)
    call require()
    call scheme%check_constant('gravity', 9.80665_real64, status=status, message=message)
    call require()
    call scheme%check_constant('time_step', 1800.0_real64, status=status, message=message)
    call require()
  end subroutine check_host
end program many_columns

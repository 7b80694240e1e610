!> fortran_face FOLDER: statuses, messages, layouts, flags and queries of module paramnet, on the identity scheme.
program fortran_face
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check, only: expect, expect_failure, finish
  use paramnet
  use paramnet_message, only: sentence
  implicit none
  integer, parameter :: n = 6, nlev = 10
  type(paramnet_scheme) :: scheme
  character(len=:), allocatable :: message
  character(len=512) :: folder
  integer(int32) :: status

  call get_command_argument(1, folder)
  call expect(len(paramnet_version()) >= 5, 'a version')
  call expect(.not. scheme%loaded(), 'nothing loaded at first')
  call expect(scheme%levels() == 0, 'no levels at first')
  call scheme%run(1_int32, status=status, message=message)
  call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'nothing is loaded')
  call scheme%load(trim(folder) // '/absent.pt', status=status, message=message)
  call expect_failure(status, PARAMNET_STATUS_FILE, message, 'absent.pt: cannot be opened')
  call scheme%load(trim(folder) // '/identity.pt', threads=0_int32, status=status, message=message)
  call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'threads: expected 1 or more, got 0')
  call scheme%load(trim(folder) // '/identity.pt', precision='float64', device='cpu', backend='torchscript', &
    threads=1_int32, envelope_tolerance=0.1_real64, strict=.false., status=status, message=message)
  call expect(status == PARAMNET_OK .and. message == '', 'identity loads')
  call expect(scheme%loaded(), 'loaded')
  call expect(scheme%levels() == nlev, 'ten levels')
  call expect(index(scheme%describe(), 'float64') > 0, 'describe says float64')

  call sentences()
  call binding_errors()
  call identical_values_come_back()
  call a_nan_stays_in_its_column()
  call one_column_as_rank_one()
  call grid_and_constants()
  call grid_and_constants_in_real32()
  call a_state_that_is_no_grid()
  call scheme%free()
  call scheme%free()
  call expect(.not. scheme%loaded(), 'free forgets the scheme')
  call finish()

contains

  !> The same parts make the same sentence in Python and C++.
  subroutine sentences()
    call expect(sentence('w', expected='e', got='g', where='f', remedy='r') == 'w: expected e, got g in f; r', 'all parts')
    call expect(sentence('w', got='g', remedy='r') == 'w: got g; r', 'without expected')
    call expect(sentence('w', expected='', got='g') == 'w: got g', 'an empty part')
    call expect(sentence('w', remedy='r') == 'w; r' .and. sentence('w') == 'w', 'what alone')
  end subroutine sentences

  subroutine binding_errors()
    real(real64), target :: profile(n, nlev), surface(n), interfaces(n, nlev + 1)
    real(real64), target :: short(n, nlev - 1)
    real(real64), pointer :: nowhere(:, :)
    real(real64), allocatable, target :: absent(:)

    nullify (nowhere)
    call scheme%bind_input('air_temperature', 'K', nowhere, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'got a pointer that points nowhere')
    call scheme%bind_output('surface_air_pressure', 'Pa', absent, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'an array that is not allocated')
    profile = 1
    surface = 1
    short = 1
    call scheme%bind_input('temperature', 'K', profile, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, "surface_air_pressure, got 'temperature'")
    call scheme%bind_input('specific_humidity', 'g kg-1', profile, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, &
      "specific_humidity: expected units 'kg kg-1', got 'g kg-1'")
    call scheme%bind_input('air_temperature', 'K', short, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'air_temperature: expected 10 level(s)')
    call scheme%bind_input('air_temperature', 'K', profile, 'level,column', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'got 6; bind a section')
    call scheme%bind_input('air_temperature', 'K', surface, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'got 1')
    interfaces = 1
    call scheme%bind_output('air_temperature', 'K', interfaces, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'got 11; it is on half levels')
    call scheme%bind_output('surface_air_pressure', 'Pa', profile, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'expected 1 level(s)')
    call scheme%bind_input('air_temperature', 'K', profile, 'lev,col', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "got 'lev,col'")
    call scheme%bind_input('surface_air_pressure', 'Pa', surface, 'column,level', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "for a rank-1 array")
    call scheme%run(int(n, int32), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_UNBOUND, message, &
      'not bound: air_temperature, specific_humidity, surface_air_pressure')
  end subroutine binding_errors

  subroutine bind(t, q, ps, t_out, q_out, ps_out)
    real(real64), intent(inout), target :: t(:, :), q(:, :), ps(:), t_out(:, :), q_out(:, :), ps_out(:)

    call scheme%bind_input('air_temperature', 'K', t)
    call scheme%bind_input('specific_humidity  ', 'kg kg-1  ', q)
    call scheme%bind_input('surface_air_pressure', 'Pa', ps)
    call scheme%bind_output('air_temperature', 'K', t_out)
    call scheme%bind_output('specific_humidity', 'kg kg-1', q_out)
    call scheme%bind_output('surface_air_pressure', 'Pa', ps_out)
  end subroutine bind

  subroutine identical_values_come_back()
    real(real64), target :: t(n, nlev), q(n, nlev), ps(n), t_out(n, nlev), q_out(n, nlev), ps_out(n)
    integer(int32) :: flags(n), few(n - 1)

    call random_number(t)
    call random_number(q)
    call random_number(ps)
    t_out = -1
    call bind(t, q, ps, t_out, q_out, ps_out)
    call scheme%run(int(n + 1, int32), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'at least 7 columns (ncol of run), got an')
    call scheme%run(-1_int32, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'got -1')
    call scheme%run(int(n, int32), few, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'flags: expected at least ncol = 6')
    call expect(all(t_out < 0), 'outputs untouched by failures')
    call scheme%run(0_int32, flags, status, message)
    call expect(status == PARAMNET_OK .and. all(t_out < 0), 'no column asked, none written')
    call scheme%run(int(n, int32), flags, status, message)
    call expect(status == PARAMNET_OK .and. all(flags == 0), 'nothing flagged')
    call expect(all(transfer(t, [0_int64]) == transfer(t_out, [0_int64])), 'temperature comes back bit for bit')
    call expect(all(transfer(q, [0_int64]) == transfer(q_out, [0_int64])), 'humidity comes back bit for bit')
    call expect(all(transfer(ps, [0_int64]) == transfer(ps_out, [0_int64])), 'pressure comes back bit for bit')
  end subroutine identical_values_come_back

  subroutine a_nan_stays_in_its_column()
    real(real64), target :: t(n, nlev), q(n, nlev), ps(n), t_out(n, nlev), q_out(n, nlev), ps_out(n)
    integer(int32) :: flags(n)
    integer(int64) :: columns, bad

    t = 250
    q = 1.0e-3_real64
    ps = 1.0e5_real64
    t(3, 7) = ieee_value(1.0_real64, ieee_quiet_nan)
    ps(5) = ieee_value(1.0_real64, ieee_positive_inf)
    call bind(t, q, ps, t_out, q_out, ps_out)
    call scheme%run(int(n, int32), flags)
    call expect(all(flags == [0, 0, PARAMNET_FLAG_NONFINITE_INPUT, 0, PARAMNET_FLAG_NONFINITE_INPUT, 0]), 'flags')
    call expect(all(abs(t_out([3, 5], :)) <= 0) .and. all(abs(q_out([3, 5], :)) <= 0), 'flagged columns are zero')
    call expect(all(abs(t_out([1, 2, 4, 6], :) - 250) <= 0), 'other columns are kept')
    call scheme%counters(columns=columns, nonfinite_input=bad)
    call expect(columns == 2 * n .and. bad == 2, 'counters')
  end subroutine a_nan_stays_in_its_column

  subroutine one_column_as_rank_one()
    real(real32), target :: t(nlev), q(nlev), ps(1), t_out(nlev), q_out(nlev), ps_out(1)

    call random_number(t)
    q = 0
    ps = 1
    call scheme%bind_input('air_temperature', 'K', t, layout='level')
    call scheme%bind_input('specific_humidity', 'kg kg-1', q, layout='level')
    call scheme%bind_input('surface_air_pressure', 'Pa', ps)
    call scheme%bind_output('air_temperature', 'K', t_out, layout='level')
    call scheme%bind_output('specific_humidity', 'kg kg-1', q_out, layout='level')
    call scheme%bind_output('surface_air_pressure', 'Pa', ps_out)
    call scheme%run(1_int32)
    call expect(all(abs(t - t_out) <= 0), 'one column as a rank-1 profile')
  end subroutine one_column_as_rank_one

  subroutine grid_and_constants()
    real(real64) :: a(nlev), b(nlev), low(nlev), high(nlev)
    real(real64), target :: ps(n), p(n, nlev)
    integer :: k

    call scheme%vertical_grid(a, b, status, message)
    call expect(status == PARAMNET_OK .and. abs(b(10) - 0.9833_real64) < 1.0e-12_real64, 'grid')
    call scheme%vertical_grid(a(1:9), b(1:9), status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected arrays of 10, got 9')
    ps = 98000
    do k = 1, nlev
      p(:, k) = a(k) + b(k) * ps
    end do
    call scheme%check_pressure(ps, p, status=status, message=message)
    call expect(status == PARAMNET_OK, 'own pressures fit')
    call scheme%check_pressure(ps, p(:, nlev:1:-1), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'bottom first')
    call scheme%check_pressure(ps, p / 100, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'look like hPa')
    p(4, 6) = p(4, 6) * 1.01_real64
    call scheme%check_pressure(ps, p, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'level 6 of 10 (1 = top), column 4: expected')
    call scheme%check_pressure(ps, p, relative_tolerance=0.02_real64, status=status)
    call expect(status == PARAMNET_OK, 'a wider tolerance')
    call scheme%check_constant('gravity', 9.80665_real64, status=status)
    call expect(status == PARAMNET_OK, 'gravity')
    call scheme%check_constant('gravity', 9.7_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'gravity: expected 9.80665 (training), got 9.7')
    call scheme%check_constant('time_step', 900.0_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'time_step: expected 1800')
    call scheme%check_constant('pi', 3.14_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, "check_constant: expected one of ")
    call scheme%output_limits('air_temperature', low, high, status, message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'expected envelope.outputs')
    call scheme%load(trim(folder) // '/tiny.pt')
    call scheme%output_limits('convective_precipitation_production', low, high, status, message)
    call expect(status == PARAMNET_OK .and. all(low < high), 'limits')
    call scheme%output_limits('convective_precipitation_production', low(1:3), high(1:3), status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected arrays of 10, got 3')
  end subroutine grid_and_constants
  subroutine grid_and_constants_in_real32()
    real(real64) :: a(nlev), b(nlev)
    real(real32) :: ps(n), p(n, nlev)
    integer :: k

    call scheme%vertical_grid(a, b)
    ps = 98000
    do k = 1, nlev
      p(:, k) = real(a(k) + b(k) * ps, real32)
    end do
    call scheme%check_pressure(ps, p, status=status, message=message)
    call expect(status == PARAMNET_OK, 'pressures in real32')
    call scheme%check_pressure(ps / 100, p / 100, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'look like hPa')
    call scheme%declare_grid(real(a, real32), real(b, real32), status=status, message=message)
    call expect(status == PARAMNET_OK, 'coefficients in real32')
    call scheme%declare_grid(real(a(nlev:1:-1), real32), real(b(nlev:1:-1), real32), 'bottom_first', status=status)
    call expect(status == PARAMNET_OK, 'order comes third')
    call scheme%check_constant('gravity', 9.80665_real32, status=status, message=message)
    call expect(status == PARAMNET_OK, 'a constant in real32')
  end subroutine grid_and_constants_in_real32

  !> Every level is a fraction of surface pressure: only surface pressure reveals the units of the numbers.
  subroutine a_state_that_is_no_grid()
    real(real64) :: a(nlev), b(nlev), ps(n), p(n, nlev)
    integer :: k

    call scheme%vertical_grid(a, b)
    call expect(all(abs(a) <= 0), 'pure sigma levels')
    do k = 1, nlev
      p(:, k) = b(k) * 1000
    end do
    ps = 1000
    call scheme%check_pressure(ps, p, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'surface_air_pressure: column 1: expected')
    call expect(index(message, 'look like hPa; pass Pa') > 0, 'a hundredfold lies inside')
    ps(2) = ieee_value(1.0_real64, ieee_quiet_nan)
    ps([1, 3, 4, 5, 6]) = 1.0e5_real64
    call scheme%check_pressure(ps, p * 100, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'column 2: expected a finite value')
    call expect(index(message, 'vertical grid') == 0, 'a NaN is no other grid')
    ps(2) = 1.0e9_real64
    call scheme%check_pressure(ps, p * 100, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, "the host's own state is wrong")
    ps(2) = 1.0e5_real64
    p(5, 3) = ieee_value(1.0_real64, ieee_quiet_nan)
    call scheme%check_pressure(ps, p * 100, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'air_pressure: level 3: column 5: expected a finite')
  end subroutine a_state_that_is_no_grid
end program fortran_face

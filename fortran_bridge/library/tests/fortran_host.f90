!> fortran_host FOLDER: the hook, ranks, level order, conversion, ranges, chunks in a queue, one-shot calls, ramp,
!> comparison and fixers through module paramnet.
module fortran_host_hook
  use, intrinsic :: iso_fortran_env, only: int32
  implicit none
  character(len=:), allocatable :: hooked
  integer(int32) :: hooked_status, hook_calls = 0

contains

  subroutine hook(code, text)
    integer(int32), intent(in) :: code
    character(len=*), intent(in) :: text

    hooked_status = code
    hooked = text
    hook_calls = hook_calls + 1
  end subroutine hook
end module fortran_host_hook

program fortran_host
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check, only: expect, expect_failure, finish
  use fortran_host_hook
  use paramnet
  implicit none
  integer, parameter :: nlev = 10, nlon = 4, nlat = 3, n = nlon * nlat
  type(paramnet_scheme) :: scheme
  character(len=:), allocatable :: message
  character(len=512) :: folder
  integer(int32) :: status
  real(real64), target :: t(nlon, nlat, nlev), q(nlon, nlat, nlev), ps(nlon, nlat)
  real(real64), target :: t_out(nlon, nlat, nlev), q_out(nlon, nlat, nlev), ps_out(nlon, nlat)

  call get_command_argument(1, folder)
  call random_number(t)
  call random_number(q)
  call random_number(ps)
  call the_hook_hears_of_failures()
  call load()
  call blocks_of_longitude_and_latitude()
  call lower_bounds_other_than_one()
  call one_shot()
  call chunks_of_shared_handles()
  call ramp_and_comparison()
  call fixers()
  call pressures_of_longitude_and_latitude()
  call scheme%free()
  call finish()

contains

  subroutine load()
    call scheme%load(trim(folder) // '/identity.pt', precision='float64', strict=.false.)
  end subroutine load

  subroutine the_hook_hears_of_failures()
    call paramnet_set_error_hook(hook)
    call scheme%load(trim(folder) // '/absent.pt', status=status)
    call expect(hook_calls == 0, 'a status that is taken is no case for the hook')
    call scheme%load(trim(folder) // '/absent.pt')
    call expect(hook_calls == 1 .and. hooked_status == PARAMNET_STATUS_FILE, 'the hook is called')
    call expect(index(hooked, 'absent.pt') > 0, 'with the message')
    call scheme%run(1_int32)
    call expect(hook_calls == 1, 'once')
    call paramnet_set_error_hook()
  end subroutine the_hook_hears_of_failures

  subroutine bind_blocks()
    real(real64), pointer :: flat(:)

    call scheme%bind_input('air_temperature', 'K', t, levels='bottom_first', status=status, message=message)
    call expect(status == PARAMNET_OK, message)
    call scheme%bind_input('specific_humidity', 'g kg-1', q, convert=.true., layout='longitude,latitude,level')
    call scheme%bind_input('surface_air_pressure', 'Pa', ps, layout='longitude,latitude')
    call scheme%bind_output('air_temperature', 'K', t_out)
    call scheme%bind_output('specific_humidity', 'kg kg-1', q_out)
    flat => reshaped(ps_out)
    call scheme%bind_output('surface_air_pressure', 'Pa', flat)
  end subroutine bind_blocks

  !> The same memory as a rank-1 array.
  function reshaped(array) result(flat)
    use, intrinsic :: iso_c_binding, only: c_f_pointer, c_loc
    real(real64), intent(in), target :: array(nlon, nlat)
    real(real64), pointer :: flat(:)

    call c_f_pointer(c_loc(array), flat, [n])
  end function reshaped

  subroutine blocks_of_longitude_and_latitude()
    integer(int32) :: flags(n)

    call bind_blocks()
    t_out = -1
    q_out = -1
    call scheme%run(4_int32, flags(5:8), first=5_int32)
    call expect(all(abs(t_out(:, 2, :) - t(:, 2, nlev:1:-1)) <= 0), 'the second latitude, its levels the other way round')
    call expect(all(t_out(:, 1, :) < 0) .and. all(t_out(:, 3, :) < 0), 'the others untouched')
    call scheme%run(int(n, int32), flags, status, message)
    call expect(status == PARAMNET_OK .and. all(flags == 0), 'all columns')
    call expect(all(abs(q_out - q * 1.0e-3_real64) <= 1.0e-18_real64), 'grams are converted')
    call expect(all(abs(ps_out - ps) <= 0), 'a surface of longitudes and latitudes')
    call scheme%bind_input('surface_air_pressure', 'Pa', ps(1:3, :), layout='longitude,latitude', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected one constant stride over its columns')
    call scheme%bind_input('specific_humidity', 'g kg-1', q, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'ask for the conversion when binding')
    call scheme%bind_input('air_temperature', 'K', t(1:3, :, :), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected one constant stride over its columns')
    call scheme%bind_input('air_temperature', 'K', t, levels='down', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "'top_first' or 'bottom_first', got 'down'")
    call scheme%bind_input('air_temperature', 'K', t, layout='level,column', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'for a rank-3 array')
  end subroutine blocks_of_longitude_and_latitude

  !> A host's arrays may start at 0, and a pointer anywhere.
  subroutine lower_bounds_other_than_one()
    real(real64), target :: from_0(0:n - 1, 0:nlev - 1), from_minus_2(-2:n - 3), same(0:n - 1, 0:nlev - 1)
    real(real64), pointer :: block(:, :, :)

    allocate (block(0:nlon - 1, -1:nlat - 2, 5:4 + nlev))
    call random_number(from_0)
    call random_number(block)
    call random_number(from_minus_2)
    call scheme%bind_input('air_temperature', 'K', from_0)
    call scheme%bind_input('specific_humidity', 'kg kg-1', block)
    call scheme%bind_input('surface_air_pressure', 'Pa', from_minus_2)
    call scheme%bind_output('air_temperature', 'K', same)
    call scheme%bind_output('specific_humidity', 'kg kg-1', q_out)
    call scheme%bind_output('surface_air_pressure', 'Pa', ps_out, layout='longitude,latitude')
    call scheme%run(int(n, int32))
    call expect(all(abs(same - from_0) <= 0), 'an array from (0, 0)')
    call expect(all(abs(q_out - block) <= 0), 'a pointer from (0, -1, 5)')
    call expect(all(abs(ps_out - reshape(from_minus_2, [nlon, nlat])) <= 0), 'an array from -2')
    deallocate (block)
  end subroutine lower_bounds_other_than_one

  subroutine one_shot()
    real(real32) :: x(5, 2 * nlev + 1), y(5, 2 * nlev + 1)
    real(real64) :: rows(2 * nlev + 1, 5), answers(2 * nlev + 1, 5)
    integer(int32) :: flags(5)

    call random_number(x)
    call random_number(rows)
    y = -1
    call scheme%predict(x, y, flags)
    call expect(all(abs(x - y) <= 0) .and. all(flags == 0), 'real32, (column, value)')
    call scheme%predict(rows, answers, layout='level,column')
    call expect(all(abs(rows - answers) <= 0), 'real64, (value, column)')
    call scheme%predict(rows, answers, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'expected (column, 21), got 5')
    call scheme%predict(x, y, flags(1:4), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'predict: flags: expected at least ncol = 5')
  end subroutine one_shot

  !> Columns as in CAM: chunks of pcols, each with its own arrays, not all of them full.
  subroutine chunks_of_shared_handles()
    integer, parameter :: pcols = 16, chunks = 5
    type(paramnet_scheme) :: chunk(chunks)
    real(real64), target :: state(pcols, 2 * nlev + 1, chunks), answer(pcols, 2 * nlev + 1, chunks)
    integer(int32), target :: flags(pcols, chunks), ncol(chunks)
    integer(int64) :: calls_before, calls
    integer :: c

    call random_number(state)
    answer = -1
    flags = -1
    ncol = [16, 16, 9, 16, 3]
    do c = 1, chunks
      call scheme%share(chunk(c))
      call chunk(c)%bind_input('air_temperature', 'K', state(:, 1:nlev, c))
      call chunk(c)%bind_input('specific_humidity', 'kg kg-1', state(:, nlev + 1:2 * nlev, c))
      call chunk(c)%bind_input('surface_air_pressure', 'Pa', state(:, 2 * nlev + 1, c))
      call chunk(c)%bind_output('air_temperature', 'K', answer(:, 1:nlev, c))
      call chunk(c)%bind_output('specific_humidity', 'kg kg-1', answer(:, nlev + 1:2 * nlev, c))
      call chunk(c)%bind_output('surface_air_pressure', 'Pa', answer(:, 2 * nlev + 1, c))
    end do
    call scheme%counters(calls=calls_before)
    do c = 1, chunks
      call chunk(c)%enqueue(ncol(c), flags(:, c))
    end do
    call expect(all(answer < 0), 'nothing before flush')
    call scheme%flush()
    call scheme%counters(calls=calls)
    call expect(calls == calls_before + 1, 'one call for all chunks')
    do c = 1, chunks
      call expect(all(abs(answer(:ncol(c), :, c) - state(:ncol(c), :, c)) <= 0), 'a chunk')
      call expect(all(answer(ncol(c) + 1:, :, c) < 0), 'columns beyond ncol untouched')
      call expect(all(flags(:ncol(c), c) == 0) .and. all(flags(ncol(c) + 1:, c) == -1), 'its flags')
      call chunk(c)%free()
    end do
  end subroutine chunks_of_shared_handles

  subroutine ramp_and_comparison()
    real(real64) :: bias(nlev), rms(nlev), largest(nlev)
    integer(int64) :: columns

    call bind_blocks()
    t_out = t(:, :, nlev:1:-1) - 2
    call scheme%ramp(5_int32, 0_int32, 20_int32)
    call scheme%run(int(n, int32))
    call expect(all(abs(t_out - t(:, :, nlev:1:-1) + 1.5_real64) < 1.0e-12_real64), 'a quarter of the way')
    call scheme%ramp(1.0_real64)
    call scheme%ramp(1.5_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'ramp: expected a fraction from 0 to 1, got 1.5')
    call scheme%compare(.true.)
    call scheme%run(int(n, int32))
    call expect(all(abs(t_out - t(:, :, nlev:1:-1) + 1.5_real64) < 1.0e-12_real64), 'nothing is applied')
    call scheme%comparison('air_temperature', bias, rms, largest, columns)
    call expect(columns == n .and. all(abs(bias - 1.5_real64) < 1.0e-12_real64), 'bias')
    call expect(all(abs(rms - 1.5_real64) < 1.0e-12_real64) .and. all(abs(largest - 1.5_real64) < 1.0e-12_real64), 'rms')
    call scheme%compare(.false.)
  end subroutine ramp_and_comparison

  subroutine fixers()
    integer(int64) :: columns

    call scheme%add_fixer('energy', '', status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "fixer: expected one of 'non_negative_water'")
    call scheme%load(trim(folder) // '/tiny.pt')
    call scheme%add_fixer('column_water_closure', 'tendency=tendency_of_specific_humidity_due_to_convection, ' // &
                          'sink=convective_precipitation_production', status, message)
    call expect(status == PARAMNET_OK, message)
    call scheme%corrected('output_limits', columns)
    call expect(columns == 0, 'no fixer of this kind')
    call scheme%corrected('energy', columns, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "fixer: expected one of 'non_negative_water'")
    call scheme%declare_heights([1000.0_real64], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'a scheme whose levels are given by height')
  end subroutine fixers

  !> check_pressure takes a host's (longitude, latitude) and (longitude, latitude, level) as they are.
  subroutine pressures_of_longitude_and_latitude()
    real(real64) :: a(nlev), b(nlev), surface(nlon, nlat), pressure(nlon, nlat, nlev)
    integer :: level

    call scheme%vertical_grid(a, b)
    surface = 1.0e5_real64 + 50 * t(:, :, 1)
    do level = 1, nlev
      pressure(:, :, level) = a(level) + b(level) * surface
    end do
    call scheme%check_pressure(surface, pressure, status=status, message=message)
    call expect(status == PARAMNET_OK, message)
    call scheme%check_pressure(real(surface, real32), real(pressure, real32), status=status, message=message)
    call expect(status == PARAMNET_OK, message)
    call scheme%check_pressure(surface, pressure(:, :, nlev:1:-1), order='bottom_first', status=status, message=message)
    call expect(status == PARAMNET_OK, message)
    pressure(2, 3, 4) = 1.5_real64 * pressure(2, 3, 4)
    call scheme%check_pressure(surface, pressure, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'level 4 of 10 (1 = top), column 10')
    call scheme%check_pressure(surface(1:3, :), pressure(1:3, :, :), status=status, message=message)
    call expect(status == PARAMNET_STATUS_CONTRACT_MISMATCH .or. status == PARAMNET_STATUS_INVALID_ARGUMENT, message)
  end subroutine pressures_of_longitude_and_latitude
end program fortran_host

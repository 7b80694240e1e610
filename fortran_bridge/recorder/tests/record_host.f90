!> record_host FOLDER: every procedure and refusal of module paramnet_record, and what the files then have.
program record_host
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check, only: expect, expect_failure, finish
  use paramnet_record
  implicit none
  integer, parameter :: nlev = 3, nlon = 4, nlat = 2, n = nlon * nlat
  real(real64), parameter :: interfaces(nlev + 1) = [0.0_real64, 0.3_real64, 0.6_real64, 1.0_real64]
  type(paramnet_recorder) :: recorder
  character(len=:), allocatable :: message
  character(len=512) :: folder
  integer(int32) :: status
  real(real64), target :: t(nlon, nlat, nlev), flux(nlon, nlat, nlev + 1), ps(nlon, nlat), cloud(n), latitude(nlat), longitude(nlon)
  real(real32), target :: q(nlev, n)

  call get_command_argument(1, folder)
  latitude = [-30, 30]
  longitude = [0, 90, 180, 270]
  t = 280
  flux = 0
  q = 0.01_real32
  ps = 1.0e5_real64
  cloud = 0
  call refusals_before_a_recording()
  call declarations_that_are_refused()
  call steps('first', 0, 5, .false.)
  call a_folder_with_files_is_refused()
  call steps('first', 3, 7, .true.)
  call other_columns_in_the_folder_are_refused()
  call another_recording_in_the_folder_is_refused()
  call every_other_step_and_column()
  call two_runs_at_once_are_refused()
  call finish()

contains

  subroutine open_in(name, append)
    character(len=*), intent(in) :: name
    logical, intent(in) :: append

    call recorder%open(trim(folder), name, 21600.0_real64, 43200.0_real64, calendar='noleap', model='record_host', &
      append=append, status=status, message=message)
  end subroutine open_in

  subroutine describe()
    call recorder%columns(latitude, longitude, layout='longitude,latitude')
    call recorder%sigma_levels(interfaces)
    call recorder%constant('gravity', 9.81_real64)
  end subroutine describe

  subroutine bind()
    call recorder%bind_state('air_temperature', 'K', t, levels='bottom_first')
    call recorder%bind_state('specific_humidity', 'kg kg-1', q, layout='level,column')
    call recorder%bind_input('ps', 'Pa', ps, layout='longitude,latitude', standard_name='surface_air_pressure')
    call recorder%bind_output('cloud_top', '1', cloud)
  end subroutine bind

  subroutine refusals_before_a_recording()
    call recorder%before(0.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected one that is open')
    call recorder%open(trim(folder) // '/absent', 'first', 1800.0_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_FILE, message, 'expected an existing folder')
    call recorder%open(trim(folder), 'a scheme', 1800.0_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'scheme: expected a name')
    call recorder%open(trim(folder), 'first', 0.0_real64, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'time_step: expected a number above zero')
    call recorder%open(trim(folder), 'first', 1800.0_real64, time_units='months since 2000-01-01', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'time_units: expected days')
    call recorder%open(trim(folder), 'first', 1800.0_real64, rank=2, ranks=2, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'rank: expected 0 to ranks - 1')
    call recorder%close(status)
    call expect(status == PARAMNET_OK, 'close without a recording')
    call recorder%counters(status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'recorder')
  end subroutine refusals_before_a_recording

  subroutine declarations_that_are_refused()
    call open_in('first', .false.)
    call expect(status == PARAMNET_OK, message)
    call recorder%bind_input('ps', 'Pa', ps, layout='longitude,latitude', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'call columns before binding')
    call recorder%columns(latitude, longitude, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected two arrays of one size')
    call recorder%columns(latitude, longitude, layout='latitude', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, "'longitude,latitude', got 'latitude'")
    call recorder%sigma_levels(interfaces, order='bottom_first', status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'pressures that rise from the top down')
    call recorder%sigma_levels(interfaces, interfaces, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected two arrays of one size')
    call recorder%height_levels([1.0_real64, 2.0_real64], status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'heights that fall')
    call describe()
    call recorder%bind_input('t', 'K', t(:, :, :2), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected 3 levels as declared, got 2')
    call recorder%bind_input('flux', 'W m-2', flux, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'got 4; it is on half levels')
    call recorder%bind_input('ps', 'Pa', ps(:, 1), status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected 8 columns as declared, got 4')
    call recorder%bind_input('latitude', '1', cloud, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'a name that the files do not use')
    call recorder%bind_input('cloud', '', cloud, status=status, message=message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected units')
    call recorder%bind_input('ps', 'Pa', ps, layout='longitude,latitude')
    call recorder%before(0.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected an output or a state')
    call recorder%after(status)
    call expect(status == PARAMNET_OK, 'after a refused before there is nothing to do')
    call recorder%after(status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected a call of before')
    call recorder%close()
  end subroutine declarations_that_are_refused

  !> Steps of six hours, four in a file: temperatures rise by the number of the step, in the layer next to the ground.
  subroutine steps(name, first, last, append)
    character(len=*), intent(in) :: name
    integer, intent(in) :: first, last
    logical, intent(in) :: append
    integer(int64) :: written, skipped, lost, files
    integer :: step

    call open_in(name, append)
    call expect(status == PARAMNET_OK, message)
    call describe()
    call bind()
    do step = first, last
      t = 280
      cloud = 0
      call recorder%before(0.25_real64 * step)
      t(:, :, 1) = t(:, :, 1) + step
      cloud(n) = step
      call recorder%after()
    end do
    call recorder%close(status, message)
    call expect(status == PARAMNET_OK, message)
    call recorder%counters(written, skipped, lost, files, status, message)
    call expect(status == PARAMNET_OK, message)
    call expect(written + skipped == last - first + 1 .and. lost == 0, 'steps of a closed recording')
    call expect(files == merge(1, 2, append), 'files of a closed recording')
    call recorder%close()
    call recorder%counters(written)
    call expect(written > 0, 'closing again keeps them')
    call open_in(name, .true.)
    call recorder%counters(written, skipped, lost, files)
    call expect(written + skipped + lost + files == 0, 'counters start at zero')
    call recorder%close()
  end subroutine steps

  subroutine a_folder_with_files_is_refused()
    call open_in('first', .false.)
    call expect_failure(status, PARAMNET_STATUS_FILE, message, 'set append on a restart')
  end subroutine a_folder_with_files_is_refused

  subroutine other_columns_in_the_folder_are_refused()
    call open_in('first', .true.)
    call recorder%columns(-latitude, longitude, layout='longitude,latitude')
    call recorder%sigma_levels(interfaces)
    call recorder%constant('gravity', 9.81_real64)
    call bind()
    call recorder%before(10.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'positions of this rank')
    call recorder%close()
  end subroutine other_columns_in_the_folder_are_refused

  subroutine another_recording_in_the_folder_is_refused()
    call open_in('first', .true.)
    call recorder%columns(latitude, longitude, layout='longitude,latitude')
    call recorder%pressure_levels(1.0e5_real64 * interfaces)
    call bind()
    call recorder%before(10.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'record into another folder')
    call recorder%before(-1.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'after since the last call of before')
    call recorder%before(-1.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_INVALID_ARGUMENT, message, 'expected a time since the origin')
    call recorder%close()
  end subroutine another_recording_in_the_folder_is_refused

  subroutine every_other_step_and_column()
    integer(int64) :: written, skipped, lost, files
    integer :: step

    call recorder%open(trim(folder), 'thinned', 3600.0_real64, time_units='hours since 2001-01-01', every_step=2, &
      every_column=3, steps_per_file=2)
    call recorder%columns(latitude, longitude, [1.0_real64, 2.0_real64], layout='longitude,latitude')
    call recorder%hybrid_levels(10 * (1 - interfaces(4:1:-1)), interfaces(4:1:-1), order='bottom_first')
    call bind()
    do step = 0, 8
      call recorder%before(real(step, real64))
      call recorder%after()
    end do
    call recorder%counters(written, skipped, lost, files)
    call expect(written == 5 .and. skipped == 0 .and. lost == 0 .and. files == 2, 'five steps, two complete files')
    call recorder%close()
  end subroutine every_other_step_and_column

  !> Both see an empty folder; the second finds the file of the first where its own is to be, at its end or in a later period.
  subroutine two_runs_at_once_are_refused()
    type(paramnet_recorder) :: other
    integer(int64) :: written, lost, files
    integer :: step

    call start(recorder)
    call start(other)
    do step = 0, 1
      call recorder%before(real(step, real64))
      call recorder%after()
      call other%before(real(step, real64))
      call other%after(status, message)
      if (step == 0) call expect(status == PARAMNET_OK, message)
    end do
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'folder: expected files of one run')
    call recorder%before(2.0_real64)
    call recorder%after()
    call recorder%close()
    call other%before(2.0_real64, status, message)
    call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, 'record into another folder')
    call other%close()
    call other%counters(written, lost=lost, files=files)
    call expect(written == 0 .and. lost == 2 .and. files == 0, 'the second run has written nothing')
    call recorder%counters(written, lost=lost, files=files)
    call expect(written == 3 .and. lost == 0 .and. files == 2, 'the first run has its files')
  end subroutine two_runs_at_once_are_refused

  subroutine start(one)
    type(paramnet_recorder), intent(inout) :: one

    call one%open(trim(folder), 'twice', 3600.0_real64, time_units='hours since 2001-01-01', steps_per_file=2)
    call one%columns(latitude, longitude, layout='longitude,latitude')
    call one%bind_output('cloud_top', '1', cloud)
  end subroutine start
end program record_host

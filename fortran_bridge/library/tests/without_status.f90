!> without_status FOLDER: a host that never uses a status.  The first failure is written once, later calls fail the same
!> way, outputs keep their values and the program runs to its end; load resets the failure.
program without_status
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use check, only: expect, expect_failure, finish
  use paramnet
  implicit none
  type(paramnet_scheme) :: scheme
  real(real64), target :: profile(4, 10), ps(4)
  character(len=:), allocatable :: message
  character(len=512) :: folder
  integer(int32) :: status, flags(4)

  call get_command_argument(1, folder)
  profile = 5
  ps = 1
  flags = -1
  call scheme%load(trim(folder) // '/identity.pt')
  call scheme%bind_input('air_temperature', 'degC', profile)
  call scheme%bind_input('surface_air_pressure', 'Pa', ps)
  call scheme%bind_output('air_temperature', 'K', profile)
  call scheme%run(4_int32, flags)
  call scheme%check_constant('gravity', 1.0_real64)
  call expect(all(abs(profile - 5) <= 0) .and. all(flags == -1), 'outputs and flags untouched')
  call scheme%run(4_int32, status=status, message=message)
  call expect_failure(status, PARAMNET_STATUS_CONTRACT_MISMATCH, message, "expected units 'K', got 'degC'")
  call scheme%load(trim(folder) // '/identity.pt')
  call scheme%check_constant('gravity', 9.80665_real64, status=status)
  call expect(status == PARAMNET_OK, 'load starts afresh')
  call finish()
end program without_status

!> default_real_8 FOLDER: a host compiled, like many, with -fdefault-real-8 and traps for invalid operations.
program default_real_8
  use, intrinsic :: ieee_arithmetic, only: ieee_get_halting_mode, ieee_invalid, ieee_set_halting_mode, ieee_usual
  use check, only: expect, finish
  use paramnet
  implicit none
  type(paramnet_scheme) :: scheme
  real, target :: t(3, 10), q(3, 10), ps(3), t_out(3, 10), q_out(3, 10), ps_out(3)
  character(len=512) :: folder
  integer :: flags(3)
  logical :: halting

  call ieee_set_halting_mode(ieee_usual, .true.)  ! same as -ffpe-trap
  call get_command_argument(1, folder)
  t = 250.5
  t(2, 4) = -1.0
  q = 0.25
  ps = 1.0e5
  call scheme%load(trim(folder) // '/logarithm.pt', strict=.false.)
  call scheme%bind_input('air_temperature', 'K', t)
  call scheme%bind_input('specific_humidity', 'kg kg-1', q)
  call scheme%bind_input('surface_air_pressure', 'Pa', ps)
  call scheme%bind_output('air_temperature', 'K', t_out)
  call scheme%bind_output('specific_humidity', 'kg kg-1', q_out)
  call scheme%bind_output('surface_air_pressure', 'Pa', ps_out)
  call scheme%run(3, flags)
  call expect(all(flags == [0, PARAMNET_FLAG_NONFINITE_OUTPUT, 0]), 'the NaN of a logarithm is flagged, not trapped')
  call expect(all(abs(t_out(2, :)) <= 0.0), 'its column is zero')
  call expect(all(abs(t_out([1, 3], :) - log(250.5)) < 1.0e-6), 'the others are right')
  call ieee_get_halting_mode(ieee_invalid, halting)
  call expect(halting, 'the traps of the host are as they were')
  call finish()
end program default_real_8

!> 01_one_column SCHEME.pt: tendencies of one column, from arrays that hold one profile each.
program one_column
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK
  implicit none
  integer, parameter :: nlev = 10
  type(paramnet_scheme) :: scheme
  real(real64), dimension(nlev), target :: temperature, humidity, dt_so_far, dq_so_far, dq_advection
  real(real64), dimension(nlev), target :: heating, moistening, rain
  real(real64), dimension(1), target :: pressure, surface_temperature, surface_humidity
  real(real64), dimension(nlev) :: a, b
  character(len=:), allocatable :: message
  character(len=512) :: path
  integer(int32) :: status, flags(1)
  integer :: k

  call get_command_argument(1, path)
  call scheme%load(path, status=status, message=message)
  if (status /= PARAMNET_OK) error stop 'scheme does not load'
  print '(a)', scheme%describe()

  call scheme%bind_input('air_temperature', 'K', temperature, layout='level')
  call scheme%bind_input('specific_humidity', 'kg kg-1', humidity, layout='level')
  call scheme%bind_input('tendency_of_air_temperature_so_far', 'K s-1', dt_so_far, layout='level')
  call scheme%bind_input('tendency_of_specific_humidity_so_far', 'kg kg-1 s-1', dq_so_far, layout='level')
  call scheme%bind_input('tendency_of_specific_humidity_due_to_advection', 'kg kg-1 s-1', dq_advection, layout='level')
  call scheme%bind_input('surface_air_pressure', 'Pa', pressure)
  call scheme%bind_input('surface_temperature', 'K', surface_temperature)
  call scheme%bind_input('surface_specific_humidity', 'kg kg-1', surface_humidity)
  call scheme%bind_output('tendency_of_air_temperature_due_to_convection', 'K s-1', heating, layout='level')
  call scheme%bind_output('tendency_of_specific_humidity_due_to_convection', 'kg kg-1 s-1', moistening, layout='level')
  call scheme%bind_output('convective_precipitation_production', 'kg kg-1 s-1', rain, layout='level')

  call scheme%vertical_grid(a, b)
  call scheme%declare_grid(a, b)   ! a host passes its own: other levels than in training are refused
  temperature = 300 * b**0.19_real64
  humidity = 0.02_real64 * b**3
  dt_so_far = 0
  dq_so_far = 0
  dq_advection = 0
  pressure = 1.0e5_real64
  surface_temperature = 302
  surface_humidity = 0.02_real64
  call scheme%run(1_int32, flags, status, message)
  if (status /= PARAMNET_OK) error stop 'the call failed'
  print '(a, i0)', 'flags of the column: ', flags
  print '(a)', ' level  heating K/s  moistening 1/s  rain 1/s'
  do k = 1, nlev
    print '(i6, 3es13.3)', k, heating(k), moistening(k), rain(k)
  end do
  call scheme%free()
end program one_column

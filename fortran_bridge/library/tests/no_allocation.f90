!> no_allocation FOLDER: from the second call on, run, predict and the derivatives of a native scheme allocate nothing,
!> including the Fortran side.
program no_allocation
  use, intrinsic :: iso_c_binding, only: c_int64_t
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use check, only: expect, finish
  use paramnet
  implicit none
  integer, parameter :: columns = 300, n_in = 53, nlev = 10
  character(len=*), parameter :: names(8) = [character(len=48) :: 'air_temperature', 'specific_humidity', &
    'tendency_of_air_temperature_so_far', 'tendency_of_specific_humidity_so_far', &
    'tendency_of_specific_humidity_due_to_advection', 'surface_air_pressure', 'surface_temperature', &
    'surface_specific_humidity']
  character(len=*), parameter :: units(8) = [character(len=13) :: 'K', 'kg kg-1', 'K s-1', 'kg kg-1 s-1', &
    'kg kg-1 s-1', 'Pa', 'K', 'kg kg-1']
  character(len=*), parameter :: results(3) = [character(len=48) :: &
    'tendency_of_air_temperature_due_to_convection', 'tendency_of_specific_humidity_due_to_convection', &
    'convective_precipitation_production']
  character(len=*), parameter :: result_units(3) = [character(len=13) :: 'K s-1', 'kg kg-1 s-1', 'kg kg-1 s-1']
  interface
    function allocations() result(count) bind(C)
      import :: c_int64_t
      integer(c_int64_t) :: count
    end function allocations
  end interface
  type(paramnet_scheme) :: scheme
  real(real64), allocatable, target :: x(:, :), y(:, :), dx(:, :), dy(:, :)
  character(len=:), allocatable :: message
  character(len=512) :: folder
  integer(int32) :: status, flags(columns)
  integer(c_int64_t) :: before
  integer :: v, call_number

  call get_command_argument(1, folder)
  allocate (x(columns, n_in), y(columns, 3 * nlev), dx(columns, n_in), dy(columns, 3 * nlev))
  call random_number(x)
  dx = 0.01_real64
  x(7, 3) = huge(1.0_real64)
  call scheme%load(trim(folder) // '/tiny.pt', backend='native', threads=2_int32, strict=.false.)
  do v = 1, 5
    call scheme%bind_input(names(v), units(v), x(:, (v - 1) * nlev + 1:v * nlev))
    call scheme%bind_input_perturbation(names(v), units(v), dx(:, (v - 1) * nlev + 1:v * nlev))
  end do
  do v = 1, 3
    call scheme%bind_input(names(5 + v), units(5 + v), x(:, 5 * nlev + v))
    call scheme%bind_output(results(v), result_units(v), y(:, (v - 1) * nlev + 1:v * nlev))
    call scheme%bind_output_perturbation(results(v), result_units(v), dy(:, (v - 1) * nlev + 1:v * nlev))
  end do
  before = 0
  do call_number = 1, 50
    if (call_number == 2) before = allocations()
    call scheme%run(int(columns, int32), flags, status, message)
    call scheme%run(1_int32)
    call scheme%run(17_int32, flags, first=40_int32)
    call scheme%predict(x, y, flags)
    call scheme%linearize(int(columns, int32))
    call scheme%linearize(17_int32, status=status, message=message)
    call scheme%difference(17_int32)
    call scheme%tangent(17_int32, status, message)
    call scheme%adjoint(17_int32)
  end do
  call expect(before > 0, 'allocations are counted')
  call expect(allocations() == before, 'none after the first call')
  call expect(status == PARAMNET_OK .and. flags(7) == PARAMNET_FLAG_NONFINITE_INPUT, 'the calls are well')
  call scheme%free()
  call finish()
end program no_allocation

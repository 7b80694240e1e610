!> 08_adjoint SCHEME.pt: tangent and adjoint of a scheme in a host's data assimilation, with the two tests that every tangent
!> model should pass: <L dx, y> = <dx, L' y>, and (f(x + h dx) - f(x)) / (h L dx) -> 1 in proportion to h.
program adjoint_example
  use, intrinsic :: iso_fortran_env, only: int32, real64
  use example_host, only: host_columns
  use paramnet
  implicit none
  integer(int32), parameter :: columns = 200
  type(paramnet_scheme) :: scheme
  type(host_columns), target :: host
  real(real64), allocatable, target :: dt(:, :), dq(:, :), heating(:, :), moistening(:, :)
  real(real64), allocatable :: dt_given(:, :), dq_given(:, :)
  character(len=512) :: path
  integer :: levels

  call get_command_argument(1, path)
  call scheme%load(trim(path), backend='native')
  levels = scheme%levels()
  call host%make(int(columns), levels, 0)
  call host%connect(scheme)
  allocate (dt(columns, levels), dq(columns, levels), heating(columns, levels), moistening(columns, levels))
  call scheme%bind_input_perturbation('air_temperature', 'K', dt)
  call scheme%bind_input_perturbation('specific_humidity', 'kg kg-1', dq)
  call scheme%bind_output_perturbation('tendency_of_air_temperature_due_to_convection', 'K s-1', heating)
  call scheme%bind_output_perturbation('tendency_of_specific_humidity_due_to_convection', 'kg kg-1 s-1', moistening)

  call scheme%linearize(columns, precision='float64')  ! once per outer loop; the rest any number of times
  allocate (dt_given(columns, levels), dq_given(columns, levels))
  call random_number(dt_given)
  call random_number(dq_given)
  dt_given = 2 * dt_given - 1
  dq_given = 1e-3_real64 * (2 * dq_given - 1)
  call taylor_test()
  call dot_product_test()
  call scheme%free()

contains

  subroutine dot_product_test()
    real(real64) :: forward, backward

    dt = dt_given
    dq = dq_given
    call scheme%tangent(columns)
    forward = sum(heating**2) + sum((2500 * moistening)**2)  ! y = L dx, in comparable units
    moistening = 2500**2 * moistening
    dt = 0  ! adjoint adds to what is there
    dq = 0
    call scheme%adjoint(columns)
    backward = sum(dt * dt_given) + sum(dq * dq_given)
    print '(a, 2es24.16)', '<L dx, y>, <dx, L'' y>:', forward, backward
    if (.not. abs(forward - backward) <= 1e-12_real64 * forward) error stop 'the adjoint is not that of the tangent'
  end subroutine dot_product_test

  subroutine taylor_test()
    real(real64), allocatable :: tangent(:, :)
    real(real64) :: step, ratio
    integer :: power

    dt = dt_given
    dq = dq_given
    call scheme%tangent(columns)
    allocate (tangent, source=heating)
    do power = 1, 8
      step = 10.0_real64**(-power)
      dt = step * dt_given
      dq = step * dq_given
      call scheme%difference(columns)
      ratio = sum(tangent * heating) / (step * sum(tangent**2))
      print '(a, es7.0, a, f16.12)', 'step', step, '   ratio', ratio
    end do
    if (.not. abs(ratio - 1) <= 1e-3_real64) error stop 'the tangent is not that of the scheme'
  end subroutine taylor_test
end program adjoint_example

!> The subgrid tendency of the resolved Lorenz 96 system: none, a polynomial with noise, or a scheme of the bridge.
!>
!> Columns are the points of all members, first those of member 1.  Random numbers are a function of seed, step and column, so
!> a run that is continued from a restart file is the same, bit for bit.
module paramnet_lorenz96_scheme
  use, intrinsic :: iso_c_binding, only: c_float, c_int32_t, c_int64_t
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet
  use paramnet_lorenz96, only: lorenz96_system
  implicit none
  private
  public :: scheme_settings, scheme_start, scheme_tendency, scheme_carried, scheme_restore

  real(real64), parameter :: UNIT_SECONDS = 432000  !< a time unit is five days (Lorenz 1996)

  !> kind : 'none', 'polynomial' or 'learned'.  coefficients : of X**0 to X**3.  noise_std, noise_persistence : standard deviation
  !> and correlation from step to step of the polynomial's first-order autoregressive noise.
  type :: scheme_settings
    character(len=16) :: kind = 'none'
    character(len=1024) :: path = ''
    real(real64) :: coefficients(0:3) = 0, noise_std = 0, noise_persistence = 0
    integer :: seed = 0
    logical :: stochastic = .true.
  end type scheme_settings

  type(scheme_settings) :: settings
  type(paramnet_scheme) :: learned
  real(real64), allocatable, target :: neighbours(:, :), previous(:), tendency(:)  !< (column, neighbour), (column)
  real(real64), allocatable :: deviation(:)  !< of the polynomial's noise, in standard deviations
  integer(c_int64_t), allocatable :: columns(:)
  integer :: state_size = 0         !< of the learned scheme, numbers per column
  logical :: counts_steps = .false. !< it has random numbers or state

  interface
    function standard_normal(seed, member, step, ncol, columns, draws, numbers) bind(c, name='paramnet_standard_normal')
      import :: c_float, c_int32_t, c_int64_t
      integer(c_int64_t), value :: seed, member, step, ncol, draws
      integer(c_int64_t), intent(in) :: columns(*)
      real(c_float), intent(out) :: numbers(*)
      integer(c_int32_t) :: standard_normal
    end function standard_normal
  end interface

contains

  !> Prepares the scheme for x : (sector, member); message says why it cannot be used, and is empty otherwise.
  subroutine scheme_start(given, system, time_step, members, message)
    type(scheme_settings), intent(in) :: given
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: time_step
    integer, intent(in) :: members
    character(len=:), allocatable, intent(out) :: message
    integer :: n, k

    settings = given
    n = system%sectors * members
    allocate (previous(n), tendency(n), deviation(n), source=0.0_real64)
    allocate (columns, source=[(int(k - 1, c_int64_t), k=1, n)])
    allocate (neighbours(n, 0:system%sectors - 1), source=0.0_real64)
    message = ''
    if (settings%kind == 'learned') call load(system, time_step, message)
  end subroutine scheme_start

  !> The host declares its constants, and binds its arrays once.
  subroutine load(system, time_step, message)
    type(lorenz96_system), intent(in) :: system
    real(real64), intent(in) :: time_step
    character(len=:), allocatable, intent(inout) :: message
    character(len=32) :: name
    integer(int32) :: status
    integer :: offset

    call learned%load(trim(settings%path), status=status, message=message)
    if (status == PARAMNET_OK) call learned%check_constant('time_step', time_step * UNIT_SECONDS, status=status, message=message)
    if (status == PARAMNET_OK) call learned%check_constant('coupling', system%coupling, status=status, message=message)
    if (status == PARAMNET_OK) call learned%check_constant('time_ratio', system%time_ratio, status=status, message=message)
    if (status == PARAMNET_OK) call learned%check_constant('amplitude_ratio', system%amplitude_ratio, status=status, &
      message=message)
    do offset = 0, system%sectors - 1
      write (name, '(a, i0)') 'resolved_', offset
      if (status == PARAMNET_OK) call learned%bind_input(trim(name), '1', neighbours(:, offset), status=status, message=message)
    end do
    if (status == PARAMNET_OK) call learned%bind_input('previous_subgrid_tendency', '1', previous, status=status, message=message)
    if (status == PARAMNET_OK) call learned%bind_output('subgrid_tendency', '1', tendency, status=status, message=message)
    if (status == PARAMNET_OK) call start_state(status, message)
    if (status == PARAMNET_OK) message = ''
  end subroutine load

  subroutine start_state(status, message)
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    state_size = int(learned%state_size())
    counts_steps = state_size > 0
    if (learned%random_numbers() > 0) counts_steps = .true.
    status = PARAMNET_OK
    if (.not. counts_steps) return
    call learned%bind_columns(columns, status=status, message=message)
    if (status == PARAMNET_OK) call learned%set_noise(seed=settings%seed, member=0, status=status, message=message)
    if (status == PARAMNET_OK) call learned%stochastic(settings%stochastic, status=status, message=message)
    if (status == PARAMNET_OK .and. state_size > 0) call learned%start_state(status=status, message=message)
  end subroutine start_state

  !> The tendency : (sector, member) of x : (sector, member) at a step; subgrid comes in with that of the step before.
  subroutine scheme_tendency(step, x, subgrid, message)
    integer(int64), intent(in) :: step
    real(real64), intent(in) :: x(:, :)
    real(real64), intent(inout) :: subgrid(:, :)
    character(len=:), allocatable, intent(out) :: message

    message = ''
    select case (settings%kind)
    case ('polynomial')
      subgrid = polynomial(step, x)
    case ('learned')
      previous = reshape(subgrid, [size(x)])
      call run_learned(step, x, message)
      subgrid = reshape(tendency, shape(x))
    case default
      subgrid = 0
    end select
  end subroutine scheme_tendency

  !> Input resolved_m of point k is X_{k+m} of its ring.
  subroutine run_learned(step, x, message)
    integer(int64), intent(in) :: step
    real(real64), intent(in) :: x(:, :)
    character(len=:), allocatable, intent(inout) :: message
    integer(int32) :: status
    integer :: offset

    do offset = 0, size(x, 1) - 1
      neighbours(:, offset) = reshape(cshift(x, offset, 1), [size(x)])
    end do
    status = PARAMNET_OK
    if (counts_steps) call learned%set_step(step, status=status, message=message)
    if (status == PARAMNET_OK) call learned%run(size(x, kind=int32), status=status, message=message)
    if (status == PARAMNET_OK) message = ''
  end subroutine run_learned

  !> The polynomial, and noise as of Arnold et al. (2013): e(t) = phi e(t - dt) + sigma sqrt(1 - phi**2) z(t).
  function polynomial(step, x) result(subgrid)
    integer(int64), intent(in) :: step
    real(real64), intent(in) :: x(:, :)
    real(real64) :: subgrid(size(x, 1), size(x, 2))
    real(c_float) :: numbers(size(x))
    integer(c_int32_t) :: status

    associate (a => settings%coefficients, phi => settings%noise_persistence)
      subgrid = a(0) + x * (a(1) + x * (a(2) + x * a(3)))
      if (settings%noise_std > 0) then
        status = standard_normal(int(settings%seed, c_int64_t), 0_c_int64_t, step, size(columns, kind=c_int64_t), columns, &
          1_c_int64_t, numbers)
        if (status /= PARAMNET_OK) error stop 'lorenz96: no random numbers'
        deviation = phi * deviation + sqrt(1 - phi**2) * real(numbers, real64)
        subgrid = subgrid + settings%noise_std * reshape(deviation, shape(x))
      end if
    end associate
  end function polynomial

  !> What a restart file needs: the polynomial's noise and, of a learned scheme with state, its state as real64.
  function scheme_carried() result(carried)
    real(real64), allocatable :: carried(:)
    real(real32), allocatable :: state(:, :)

    carried = deviation
    if (settings%kind /= 'learned') return
    allocate (state(size(columns), state_size))
    if (size(state) > 0) call learned%get_state(state)
    carried = [deviation, real(reshape(state, [size(state)]), real64)]
  end function scheme_carried

  !> The same, read from a restart file.
  subroutine scheme_restore(carried)
    real(real64), intent(in) :: carried(:)

    deviation = carried(:size(deviation))
    if (size(carried) > size(deviation)) call learned%set_state( &
      reshape(real(carried(size(deviation) + 1:), real32), [size(columns), state_size]))
  end subroutine scheme_restore
end module paramnet_lorenz96_scheme

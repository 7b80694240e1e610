!> lorenz96 NAMELIST: integrates Lorenz 96 in full (mode 'truth') or its resolved part with a scheme, for members at once.
!>
!> Files are streams in the machine's byte order, of real64.  initial: x(sector, member), subgrid(sector, member) of the step before,
!> and for the truth y(small, sector, member).  output: for every interval-th step x before it, subgrid of the step before and of it.
!> restart: step, int64, then what the next step needs; a run that continues from it has the same bits.
program lorenz96
  use, intrinsic :: iso_fortran_env, only: error_unit, int64, real64
  use paramnet_lorenz96, only: lorenz96_system, resolved_step, truth_step
  use paramnet_lorenz96_scheme, only: scheme_carried, scheme_restore, scheme_settings, scheme_start, scheme_tendency
  implicit none
  real(real64), parameter :: LARGEST = 1.0e3_real64  ! |X| beyond which a run has blown up
  integer, parameter :: BLOWN_UP = 3                 ! its exit status
  type(lorenz96_system) :: system
  type(scheme_settings) :: settings
  real(real64) :: time_step
  integer(int64) :: steps, interval, discard, step, first
  integer :: members, substeps, unit
  character(len=1024) :: mode, initial, continue_from, output, restart, namelist_file
  real(real64), allocatable :: x(:, :), y(:, :, :), subgrid(:, :)
  character(len=:), allocatable :: message

  call get_command_argument(1, namelist_file)
  call read_settings()
  call start()
  open (newunit=unit, file=trim(output), access='stream', form='unformatted', status='replace')
  do step = first, first + steps - 1
    call one_step()
  end do
  close (unit)
  if (restart /= '') call write_restart()

contains

  subroutine read_settings()
    real(real64) :: forcing, coupling, time_ratio, amplitude_ratio, coefficients(0:3), noise_std, noise_persistence
    integer :: sectors, small_per_sector, seed, file, status
    logical :: stochastic
    character(len=1024) :: scheme
    character(len=256) :: reason
    namelist /run/ mode, initial, continue_from, output, restart, scheme, steps, interval, discard, members, time_step, substeps, &
      forcing, coupling, time_ratio, amplitude_ratio, sectors, small_per_sector, coefficients, noise_std, noise_persistence, &
      seed, stochastic

    mode = 'none'; initial = ''; continue_from = ''; output = 'output'; restart = ''; scheme = ''
    steps = 0; interval = 1; discard = 0; members = 1; substeps = 5; seed = 0
    time_step = 0.005_real64
    forcing = system%forcing; coupling = system%coupling
    time_ratio = system%time_ratio; amplitude_ratio = system%amplitude_ratio
    sectors = system%sectors; small_per_sector = system%small_per_sector
    coefficients = 0; noise_std = 0; noise_persistence = 0; stochastic = .true.
    open (newunit=file, file=trim(namelist_file), status='old', action='read', iostat=status, iomsg=reason)
    if (status == 0) read (file, nml=run, iostat=status, iomsg=reason)
    if (status /= 0) call fail('expected a file with the namelist run, got: '//trim(reason))
    close (file)
    system = lorenz96_system(forcing, coupling, time_ratio, amplitude_ratio, sectors, small_per_sector)
    settings = scheme_settings(mode(:16), scheme, coefficients, noise_std, noise_persistence, seed, stochastic)
  end subroutine read_settings

  subroutine start()
    integer :: file
    real(real64), allocatable :: carried(:)

    allocate (x(system%sectors, members), subgrid(system%sectors, members))
    allocate (y(system%small_per_sector, system%sectors, merge(members, 0, mode == 'truth')))
    call scheme_start(settings, system, time_step, members, message)
    if (message /= '') call fail(message)
    first = 0
    carried = scheme_carried()
    open (newunit=file, file=trim(merge(continue_from, initial, continue_from /= '')), access='stream', form='unformatted', &
      status='old', action='read')
    if (continue_from /= '') read (file) first
    read (file) x, subgrid, y
    if (continue_from /= '') then
      read (file) carried
      call scheme_restore(carried)
    end if
    close (file)
  end subroutine start

  !> Writes the state before the step, which is then taken by every member.
  subroutine one_step()
    real(real64), dimension(size(x, 1), size(x, 2)) :: before, previous
    integer :: member

    before = x
    previous = subgrid
    if (mode == 'truth') then
      do member = 1, members
        call truth_step(system, time_step, substeps, x(:, member), y(:, :, member), subgrid(:, member))
      end do
    else
      call scheme_tendency(step, x, subgrid, message)
      if (message /= '') call fail(message)
      do member = 1, members
        call resolved_step(system, time_step, subgrid(:, member), x(:, member))
      end do
    end if
    if (step >= discard .and. modulo(step, interval) == 0) write (unit) before, previous, subgrid
    if (.not. all(abs(x) < LARGEST)) then
      write (error_unit, '(a, i0)') 'lorenz96: blown up at step ', step
      stop BLOWN_UP, quiet=.true.
    end if
  end subroutine one_step

  subroutine write_restart()
    integer :: file

    open (newunit=file, file=trim(restart), access='stream', form='unformatted', status='replace')
    write (file) step, x, subgrid, y, scheme_carried()
    close (file)
  end subroutine write_restart

  subroutine fail(reason)
    character(len=*), intent(in) :: reason

    write (error_unit, '(a, i0, 2a)') 'lorenz96, step ', step, ': ', reason
    stop 1, quiet=.true.
  end subroutine fail
end program lorenz96

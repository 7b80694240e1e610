!> Convection of a Fortran host by paramnet: the part that adapters have in common.
!>
!> A host computes blocks of columns: chunks (CAM, E3SM), tiles and rows (WRF, MPAS), blocks of nproma (ICON).  It calls
!> host_start once, host_place for each block, host_convection after its own convection for each block and step, and
!> host_finish at the end.  By the mode in paramnet_namelist, host_convection does nothing, records, compares, or replaces
!> what the host's convection computed.  Blocks may be computed by several threads.
!>
!> Every message is '' or the reason to end the run, by the host's own routine.  Nothing here stops the program.
module paramnet_host
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_FLAG_NONFINITE_INPUT, PARAMNET_FLAG_NONFINITE_OUTPUT
  use paramnet_host_options, only: host_conventions, host_options, read_levels, read_options
  use paramnet_host_recorders, only: close_recorders, open_recorder, record, recorder_settings
  implicit none
  private
  public :: host_conventions, host_start, host_place, host_convection, host_replaces, host_finish

  integer, parameter :: window = 10000  ! columns over which the fraction without a result is checked

  type :: block_type
    type(paramnet_scheme) :: handle  ! shares the scheme with the other blocks
    integer :: seen = 0, without_result = 0
    logical :: is_checked = .false.
  end type block_type

  type(host_options), save :: options
  type(host_conventions), save :: host
  type(recorder_settings), save :: settings
  type(paramnet_scheme), save, target :: scheme
  real(real64), save :: steps_per_time  ! in a unit of time_units
  logical, save :: is_stochastic = .false.
  type(block_type), allocatable, save, target :: blocks(:)

  !> After the host's convection of one block: call host_convection(block, time, surface_pressure, pressure, temperature,
  !> humidity, heating, moistening, rain, message).  Arrays of the block's columns, in one kind of real:
  !>
  !>     time                        of the start of the step, in time_units of host_start, real64
  !>     surface_pressure (column)   Pa
  !>     pressure (column, level)    Pa, in the middle of the levels
  !>     temperature, humidity       as convection reads them, K and kg kg-1
  !>     heating, moistening         its tendencies, positive warms and moistens, heating_units and kg kg-1 s-1
  !>     rain (column)               its precipitation at the surface, rain_units
  !>
  !> In mode 'learned' the last three are the scheme's, but in columns where it has no finite result: there they are unchanged.
  interface host_convection
    procedure convection_real32, convection_real64
  end interface host_convection

contains

  !> Reads the namelist; loads the scheme and compares constants (SI) and time step (s) with those of training.  conventions:
  !> of the host's arrays.  model, time_units, calendar: CF, for records.  a_interface (Pa), b_interface: pressure at the levels'
  !> interfaces = a + b * surface pressure, in the host's order, for records; without them levels_file has them.  One thread.
  subroutine host_start(number_of_blocks, time_step, gravity, specific_heat, latent_heat, conventions, model, time_units, &
                        calendar, message, a_interface, b_interface)
    integer, intent(in) :: number_of_blocks
    real(real64), intent(in) :: time_step, gravity, specific_heat, latent_heat
    type(host_conventions), intent(in) :: conventions
    character(len=*), intent(in) :: model, time_units, calendar
    character(len=:), allocatable, intent(out) :: message
    real(real64), intent(in), optional :: a_interface(:), b_interface(:)
    integer :: block

    host = conventions
    call read_options(options, message)
    if (all(host%heating_units /= [character(len=16) :: 'K s-1', 'J kg-1 s-1'])) &
      message = 'heating_units: expected K s-1 or J kg-1 s-1, got ' // trim(host%heating_units)
    if (all(host%rain_units /= [character(len=16) :: 'kg m-2 s-1', 'm s-1'])) &
      message = 'rain_units: expected kg m-2 s-1 or m s-1, got ' // trim(host%rain_units)
    if (message /= '') return
    allocate (blocks(number_of_blocks))
    settings = recorder_settings(options%record_folder, options%record_every, number_of_blocks, time_step, gravity, &
      specific_heat, latent_heat, conventions, model, time_units, calendar, [real(real64) ::], [real(real64) ::])
    if (present(a_interface) .and. present(b_interface)) then
      settings%a_interface = a_interface
      settings%b_interface = b_interface
    else if (options%mode == 'record') then
      call read_levels(trim(options%levels_file), settings%a_interface, settings%b_interface, message)
    end if
    if (message /= '' .or. .not. uses_scheme()) return
    call load(time_step, gravity, specific_heat, latent_heat, message)
    if (message == '') call prepare_noise(time_units, time_step, message)
    if (message /= '') return
    do block = 1, number_of_blocks
      call scheme%share(blocks(block)%handle)
    end do
  end subroutine host_start

  subroutine load(time_step, gravity, specific_heat, latent_heat, message)
    real(real64), intent(in) :: time_step, gravity, specific_heat, latent_heat
    character(len=:), allocatable, intent(inout) :: message
    integer(int32) :: status

    call scheme%load(trim(options%scheme), device=trim(options%device), fallback='keep', status=status, message=message)
    if (status == PARAMNET_OK) call scheme%check_constant('time_step', time_step, status=status, message=message)
    if (status == PARAMNET_OK) call scheme%check_constant('gravity', gravity, status=status, message=message)
    if (status == PARAMNET_OK) &
      call scheme%check_constant('specific_heat_of_dry_air', specific_heat, status=status, message=message)
    if (status == PARAMNET_OK) &
      call scheme%check_constant('latent_heat_of_vaporization', latent_heat, status=status, message=message)
    if (status == PARAMNET_OK) call scheme%compare(options%mode == 'shadow', status=status, message=message)
    if (status == PARAMNET_OK) message = ''
  end subroutine load

  !> Random numbers depend on the number of the step, which the time gives, so they are the same after a restart.  A scheme's
  !> memory would belong into the host's restart file, which nothing here writes.
  subroutine prepare_noise(time_units, time_step, message)
    character(len=*), intent(in) :: time_units
    real(real64), intent(in) :: time_step
    character(len=:), allocatable, intent(inout) :: message
    real(real64), parameter :: seconds(4) = [86400.0_real64, 3600.0_real64, 60.0_real64, 1.0_real64]
    integer(int32) :: status
    integer :: unit

    if (scheme%state_size() > 0) message = 'paramnet: scheme: expected one without memory or noise that lasts, whose state ' // &
      'this host does not keep in its restart file, got ' // trim(options%scheme)
    is_stochastic = scheme%random_numbers() > 0
    if (message /= '' .or. .not. is_stochastic) return
    unit = findloc([index(time_units, 'day'), index(time_units, 'hour'), index(time_units, 'minute'), &
      index(time_units, 'second')], 1, 1)
    if (unit == 0) then
      message = 'paramnet: time_units: expected days, hours, minutes or seconds since a date, got ' // time_units
      return
    end if
    steps_per_time = seconds(unit) / time_step
    call scheme%set_noise(int(options%noise_seed, int32), int(options%noise_member, int32), status, message)
    if (status == PARAMNET_OK) message = ''
  end subroutine prepare_noise

  !> Numbers of columns in the whole model, by their position to 1e-6 degrees: the same in any division among processes.
  subroutine number_columns(this, latitude, longitude, message)
    type(block_type), intent(inout) :: this
    real(real64), intent(in) :: latitude(:), longitude(:)
    character(len=:), allocatable, intent(inout) :: message
    integer(int64) :: numbers(size(latitude))
    integer(int32) :: status
    integer :: n

    n = size(latitude)
    numbers = nint((latitude + 90) * 1.0e6_real64, int64) * 360000001_int64 + &
      nint(modulo(longitude, 360.0_real64) * 1.0e6_real64, int64)
    if (any(numbers(2:n) == numbers(:n - 1))) then
      message = 'paramnet: positions: expected other latitudes or longitudes in each column, for random numbers, got equal ones'
      return
    end if
    call this%handle%bind_columns(numbers, status, message)
    if (status == PARAMNET_OK) message = ''
  end subroutine number_columns

  !> Where a block is, for records and random numbers: latitude and longitude of its columns (degrees), their area in any unit.
  !> number: of this block among those of all processes, from 0; total: how many these are.
  subroutine host_place(block, number, total, latitude, longitude, area, message)
    integer, intent(in) :: block, number, total
    real(real64), intent(in) :: latitude(:), longitude(:), area(:)
    character(len=:), allocatable, intent(out) :: message

    message = ''
    if (options%mode == 'record') call open_recorder(settings, block, number, total, latitude, longitude, area, message)
    if (is_stochastic) call number_columns(blocks(block), latitude, longitude, message)
  end subroutine host_place

  !> True if host_convection will replace the results of the host's own convection in all columns but those where it fails.  The
  !> host may then leave its own out, with zero in heating, moistening and rain.
  logical function host_replaces()
    host_replaces = options%mode == 'learned'
  end function host_replaces

  subroutine convection_real32(block, time, surface_pressure, pressure, temperature, humidity, heating, moistening, rain, message)
    integer, parameter :: kind = real32
    include 'paramnet_host_convection.inc'
  end subroutine convection_real32

  subroutine convection_real64(block, time, surface_pressure, pressure, temperature, humidity, heating, moistening, rain, message)
    integer, parameter :: kind = real64
    include 'paramnet_host_convection.inc'
  end subroutine convection_real64

  !> The run ends if too many columns are without a result.
  subroutine judge(this, flags, message)
    type(block_type), intent(inout) :: this
    integer(int32), intent(in) :: flags(:)
    character(len=:), allocatable, intent(inout) :: message
    character(len=160) :: text

    message = ''
    this%seen = this%seen + size(flags)
    this%without_result = this%without_result + &
      count(iand(flags, PARAMNET_FLAG_NONFINITE_INPUT + PARAMNET_FLAG_NONFINITE_OUTPUT) /= 0)
    if (this%seen < window) return
    if (this%without_result > options%fallback_limit * this%seen) then
      write (text, '(a, 2(i0, a), f0.3)') 'paramnet: ', this%without_result, ' of ', this%seen, &
        ' columns had inputs or outputs that are not finite, more than fallback_limit, ', options%fallback_limit
      message = trim(text)
    end if
    this%seen = 0
    this%without_result = 0
  end subroutine judge

  !> Completes the records; writes this process's counts, and in mode 'shadow' the difference from the host's, to a unit.
  subroutine host_finish(unit, message)
    integer, intent(in) :: unit
    character(len=:), allocatable, intent(out) :: message
    integer(int64) :: columns, nonfinite_input, nonfinite_output, outside
    integer(int32) :: status

    message = ''
    call close_recorders(message)
    if (message /= '' .or. .not. scheme%loaded()) return
    call scheme%counters(columns=columns, nonfinite_input=nonfinite_input, nonfinite_output=nonfinite_output, &
      outside_envelope=outside, status=status)
    if (status == PARAMNET_OK) write (unit, '(a, 4(i0, a))') 'paramnet: ', columns, ' columns; without a result for inputs ', &
      nonfinite_input, ', outputs ', nonfinite_output, '; outside the training range ', outside, ''
    if (options%mode == 'shadow') call write_comparison(unit)
    call scheme%free()
  end subroutine host_finish

  subroutine write_comparison(unit)
    integer, intent(in) :: unit
    real(real64), allocatable :: bias(:), rms(:), largest(:)
    integer(int32) :: status
    integer :: level

    allocate (bias(scheme%levels()), rms(scheme%levels()), largest(scheme%levels()))
    call scheme%comparison('tendency_of_air_temperature_due_to_convection', bias, rms, largest, status=status)
    if (status /= PARAMNET_OK) return
    write (unit, '(a)') 'paramnet: heating, scheme minus host, K s-1: level from the top, mean, rms, largest'
    write (unit, '(i6, 3es12.3)') (level, bias(level), rms(level), largest(level), level=1, size(bias))
  end subroutine write_comparison

  logical function uses_scheme()
    uses_scheme = options%mode == 'learned' .or. options%mode == 'shadow'
  end function uses_scheme
end module paramnet_host

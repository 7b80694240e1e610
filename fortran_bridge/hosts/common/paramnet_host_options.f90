!> What a run of a host chooses: namelist paramnet_nl in the file paramnet_namelist of the run's folder, the same in every host.
module paramnet_host_options
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: host_options, host_conventions, read_options, read_levels

  type :: host_options
    character(len=16) :: mode = 'teacher'  !< 'teacher': the host's own scheme; 'record'; 'shadow': compare; 'learned'
    character(len=512) :: scheme = ''  !< scheme.pt, for 'shadow' and 'learned'
    character(len=16) :: device = 'cpu'
    integer :: noise_seed = 0, noise_member = 0  !< of a stochastic scheme's random numbers
    real :: fallback_limit = 0.05  !< largest share of columns without a result
    real :: pressure_tolerance = 1.0e-3  !< of the levels' pressures, relative to those of training
    character(len=512) :: record_folder = 'recorded'  !< must exist, for 'record'
    integer :: record_every = 1  !< steps
    character(len=512) :: levels_file = 'paramnet_levels'  !< see read_levels; for 'record' in hosts without hybrid levels
  end type host_options

  !> How this host writes what the scheme reads and gives.
  type :: host_conventions
    character(len=64) :: humidity = 'specific_humidity'  !< or 'humidity_mixing_ratio'
    character(len=16) :: heating_units = 'K s-1'  !< or 'J kg-1 s-1'
    character(len=16) :: rain_units = 'kg m-2 s-1'  !< or 'm s-1', of liquid water
    character(len=16) :: order = 'top_first'  !< or 'bottom_first'
  end type host_conventions

contains

  !> Without the file the mode is 'teacher'.  message: '' or what is wrong.
  subroutine read_options(options, message)
    type(host_options), intent(out) :: options
    character(len=:), allocatable, intent(out) :: message
    character(len=16) :: mode, device
    character(len=512) :: scheme, record_folder, levels_file, said
    real :: fallback_limit, pressure_tolerance
    integer :: noise_seed, noise_member, record_every, unit, code
    namelist /paramnet_nl/ mode, scheme, device, noise_seed, noise_member, fallback_limit, pressure_tolerance, &
      record_folder, record_every, levels_file

    mode = options%mode
    scheme = options%scheme
    device = options%device
    noise_seed = options%noise_seed
    noise_member = options%noise_member
    fallback_limit = options%fallback_limit
    pressure_tolerance = options%pressure_tolerance
    record_folder = options%record_folder
    record_every = options%record_every
    levels_file = options%levels_file
    message = ''
    open (newunit=unit, file='paramnet_namelist', status='old', action='read', iostat=code)
    if (code /= 0) return
    read (unit, nml=paramnet_nl, iostat=code, iomsg=said)
    close (unit)
    if (code /= 0) then
      message = 'paramnet_namelist: ' // trim(said)
    else if (all(mode /= [character(len=16) :: 'teacher', 'record', 'shadow', 'learned'])) then
      message = 'paramnet_namelist: mode: expected teacher, record, shadow or learned, got ' // trim(mode)
    else if (any(mode == [character(len=16) :: 'shadow', 'learned']) .and. scheme == '') then
      message = 'paramnet_namelist: scheme: expected the path of scheme.pt, got none'
    else if (record_every < 1) then
      message = 'paramnet_namelist: record_every: expected a number of steps above 0'
    end if
    options = host_options(mode, scheme, device, noise_seed, noise_member, fallback_limit, pressure_tolerance, &
      record_folder, record_every, levels_file)
  end subroutine read_options

  !> Pressure (Pa) at the interfaces of the levels = a (Pa) + b * surface pressure: a and b of one interface in each line of a
  !> text file, in the host's order.
  subroutine read_levels(path, a_interface, b_interface, message)
    character(len=*), intent(in) :: path
    real(real64), allocatable, intent(out) :: a_interface(:), b_interface(:)
    character(len=:), allocatable, intent(out) :: message
    real(real64) :: a, b
    integer :: unit, code

    message = ''
    allocate (a_interface(0), b_interface(0))
    open (newunit=unit, file=path, status='old', action='read', iostat=code)
    if (code == 0) then
      do
        read (unit, *, iostat=code) a, b
        if (code /= 0) exit
        a_interface = [a_interface, a]
        b_interface = [b_interface, b]
      end do
      close (unit)
    end if
    if (code >= 0 .or. size(a_interface) < 2) message = trim(path) // ': expected two numbers for each interface, in a text file'
  end subroutine read_levels
end module paramnet_host_options

{% set profile = "(:, :, :)" if on_grid else "(:, :)" %}
{% set surface = "(:, :)" if on_grid else "(:)" %}
!> The parameterization of {{ config.name }}, its own or a trained one. Written by `paramnet adapter new` from the contract
!> {{ contract.name }} ({{ contract.digest[:16] }}); it is yours to change. README.md shows how a model calls it.
!>
!> mode in the namelist {{ prefix }}_paramnet_nml:
!>   teacher  the model's own scheme, and nothing else
{% if recorder %}
!>   record   the model's own scheme; what it reads and computes is written to files for `paramnet source`
{% endif %}
!>   learned  the trained scheme
!>   off      neither: outputs are zero
!>
!> Every procedure returns a status, PARAMNET_OK or another PARAMNET_STATUS_*, and a message.  Nothing here stops the model.
!> MPI: every rank has an adapter with its own columns; nothing is communicated.
!> OpenMP: call step{{ " and after" if recorder else "" }} outside parallel regions; `threads` in the namelist is for one call.
module {{ prefix }}_paramnet
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK, PARAMNET_STATUS_BACKEND, PARAMNET_STATUS_FILE, &
    PARAMNET_STATUS_INVALID_ARGUMENT
{% if recorder %}
  use paramnet_record, only: paramnet_recorder
{% endif %}
  implicit none
  private
  public :: {{ prefix }}_adapter, PARAMNET_OK

  integer, parameter, public :: {{ prefix }}_real = real{{ 8 * config.real_kind }}  ! kind of the model's arrays
  integer, parameter :: wp = {{ prefix }}_real
  character(len=*), parameter :: profile_layout = '{{ layout }}'
  character(len=*), parameter :: surface_layout = '{{ surface_layout }}'
  character(len=*), parameter :: levels = '{{ config.levels }}'  ! the model's order
  real(real64), parameter :: unset = -huge(1.0_real64)
  integer(int64), parameter :: window = 10000  ! columns over which the share without a result is judged

  !> Arrays that the parameterization reads, in these units.  They need the target attribute and must stay where they are.
  type :: model_inputs
{% for field in inputs %}
{{ field.meaning|comment(4) }}
    real(wp), pointer :: {{ field.name }}{{ profile if field.variable.is_profile else surface }} => null()
{% endfor %}
  end type model_inputs

  !> Arrays that it computes.
  type :: model_outputs
{% for field in outputs %}
{{ field.meaning|comment(4) }}
    real(wp), pointer :: {{ field.name }}{{ profile if field.variable.is_profile else surface }} => null()
{% endfor %}
  end type model_outputs

  !> The model's own constants, SI.  They are recorded, and compared with those of the training.
  type :: model_constants
{% for name in contract.constants %}
    real(real64) :: {{ name }} = unset
{% endfor %}
  end type model_constants

  !> What else is declared before init.
  type :: model_description
    real(real64) :: time_step = unset                            !< s, between two calls
    real(real64) :: tendency_interval = unset                    !< s, over which a tendency acts: 2 dt with leapfrog
    real(real64), allocatable :: a_mid(:), b_mid(:)              !< pressure (Pa) = a (Pa) + b * surface pressure, in the
    real(real64), allocatable :: a_interface(:), b_interface(:)  !< middle and at the interfaces of levels, in the model's order
{% if recorder %}
    ! In mode record:
{% if on_grid %}
    real(real64), allocatable :: latitude(:), longitude(:)       !< degrees, of this rank's grid
    real(real64), allocatable :: area(:)                         !< weight of each latitude; may be left out
{% else %}
    real(real64), allocatable :: latitude(:), longitude(:)       !< degrees, of each of this rank's columns
    real(real64), allocatable :: area(:)                         !< weight of each column; may be left out
{% endif %}
    character(len=64) :: name = ''                               !< of the model
    character(len=32) :: calendar = 'standard'                   !< a CF name
    character(len=64) :: time_units = 'days since 0001-01-01'    !< of the times given to step
    integer(int32) :: rank = 0, ranks = 1                        !< of MPI
{% endif %}
  end type model_description

  !> Set its components, call init, and in every step step and after.
  type :: {{ prefix }}_adapter
    type(model_inputs) :: inputs
    type(model_outputs) :: outputs
    type(model_constants) :: constants
    type(model_description) :: model
    integer(int32), allocatable :: flags(:)  !< sums of PARAMNET_FLAG_* of each column in the last step; 0: as in training
    character(len=16) :: mode = ''           !< of the namelist; empty before init, and if that has failed
    type(paramnet_scheme), private :: scheme
{% if recorder %}
    type(paramnet_recorder), private :: recorder
{% endif %}
    real(real64), private :: fallback_limit = 0
    integer(int64), private :: judged = 0, judged_without = 0
  contains
    procedure :: init
    procedure :: step
{% if recorder %}
    procedure :: after
{% endif %}
    procedure :: finalize
    procedure, private :: judge
    procedure, private :: start_scheme
{% if recorder %}
    procedure, private :: start_recorder
{% endif %}
    procedure, private :: every_array
    procedure, private :: number
{% if profiles %}
    procedure, private :: bind_profile
{% endif %}
    procedure, private :: bind_surface
  end type {{ prefix }}_adapter

contains

  !> Reads the namelist and starts its mode.  Each rank reads it; a file of the model's own may hold the group.
  subroutine init(self, namelist_file, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    character(len=*), intent(in) :: namelist_file
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message
    character(len=512) :: scheme_file, device{{ ", folder" if recorder else "" }}, text
    character(len=16) :: mode
    integer(int32) :: threads{{ ", every_step, every_column" if recorder else "" }}
{% if recorder %}
    logical :: append
{% endif %}
    real(real64) :: fallback_limit, distance_quantile
    integer :: unit, error
    namelist /{{ prefix }}_paramnet_nml/ mode, scheme_file, device, threads, fallback_limit, distance_quantile{{ ", folder, every_step, every_column, append" if recorder else "" }}

    mode = 'teacher'
    scheme_file = 'scheme.pt'
    device = 'cpu'
    threads = 1
    fallback_limit = 0.05_real64
    distance_quantile = 0
{% if recorder %}
    folder = 'recorded'
    every_step = 1
    every_column = 1
    append = .false.
{% endif %}
    message = ''
    self%mode = ''
    status = PARAMNET_STATUS_FILE
    open (newunit=unit, file=namelist_file, status='old', action='read', iostat=error, iomsg=text)
    if (error == 0) then
      read (unit, nml={{ prefix }}_paramnet_nml, iostat=error, iomsg=text)
      close (unit)
    end if
    if (error /= 0) then
      message = '{{ prefix }}_paramnet_nml in ' // trim(namelist_file) // ': ' // trim(text)
      return
    end if
    status = PARAMNET_OK
    self%mode = mode
    self%fallback_limit = fallback_limit
    self%judged = 0
    self%judged_without = 0
    select case (mode)
    case ('teacher', 'off')
{% if recorder %}
    case ('record')
      call self%start_recorder(trim(folder), every_step, every_column, append, status, message)
{% endif %}
    case ('learned')
      call self%scheme%load(trim(scheme_file), device=trim(device), threads=threads, &
        distance_quantile=distance_quantile, status=status, message=message)
      if (status == PARAMNET_OK) call self%start_scheme(status, message)
    case default
      status = PARAMNET_STATUS_INVALID_ARGUMENT
      message = '{{ prefix }}_paramnet_nml: expected mode teacher,{{ " record," if recorder else "" }} learned or off, got ' // trim(mode)
    end select
    if (status /= PARAMNET_OK) self%mode = ''
  end subroutine init

  !> Call it before the model's own scheme.  replaced: leave that out, the outputs are computed.
  !> time: at the start of the step, {{ "in model%time_units" if recorder else "for messages" }}.
  subroutine step(self, time, replaced, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    real(real64), intent(in) :: time
    logical, intent(out) :: replaced
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    message = ''
    status = PARAMNET_OK
    replaced = self%mode == 'learned' .or. self%mode == 'off'
    select case (self%mode)
{% if recorder %}
    case ('record')
      call self%recorder%before(time, status, message)
{% endif %}
    case ('learned')
      call self%scheme%run(size(self%flags, kind=int32), self%flags, status, message)
      if (status == PARAMNET_OK) call self%judge(time, status, message)
    case ('off')
{% for field in outputs %}
      if (associated(self%outputs%{{ field.name }})) self%outputs%{{ field.name }} = 0
{% endfor %}
    case ('')
      call require(.false., 'mode', status, message)
    end select
  end subroutine step

{% if recorder %}
  !> Call it after the model's own scheme, in every mode.
  subroutine after(self, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message

    message = ''
    status = PARAMNET_OK
    if (self%mode == 'record') call self%recorder%after(status, message)
  end subroutine after

{% endif %}
  !> {{ "Completes the last file, or" if recorder else "In mode learned" }} frees the scheme.  message then has the counts of this rank.
  subroutine finalize(self, status, message)
    class({{ prefix }}_adapter), intent(inout) :: self
    integer(int32), intent(out) :: status
    character(len=:), allocatable, intent(inout) :: message
    integer(int64) :: columns, without, outside
    character(len=160) :: counts

    message = ''
    status = PARAMNET_OK
    select case (self%mode)
{% if recorder %}
    case ('record')
      call self%recorder%close(status, message)
{% endif %}
    case ('learned')
      call self%scheme%counters(columns=columns, fallen_back=without, outside_envelope=outside, status=status, message=message)
      if (status /= PARAMNET_OK) return
      write (counts, '(3(i0, a))') columns, ' columns, ', without, ' without a result, ', outside, ' outside the training range'
      message = '{{ prefix }}_paramnet: ' // trim(counts)
      call self%scheme%free()
    end select
  end subroutine finalize

{% include "adapter/starting.f90" %}
end module {{ prefix }}_paramnet

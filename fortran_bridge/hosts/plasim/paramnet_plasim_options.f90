! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Configuration of the adapter: namelist paramnet_nl in the file paramnet_namelist of the run directory.
!> Every MPI rank reads the file itself, so that nothing has to be broadcast.
module paramnet_plasim_options
  use, intrinsic :: iso_fortran_env, only: real64
  use paramnet_message, only: sentence
  implicit none
  private
  public :: plasim_options, read_options, namelist_file

  character(len=*), parameter :: namelist_file = "paramnet_namelist"

  type :: plasim_options
    logical :: from_file = .false.               !< the namelist was found
    character(len=16) :: mode = "teacher"        !< teacher | record | learned | shadow | passthrough | crm | off
    character(len=1024) :: scheme = ""           !< path of scheme.pt (learned, shadow)
    character(len=64) :: scheme_digest = ""      !< its SHA-256, for the restart file; empty: unknown
    logical :: starts_anew = .false.             !< the restart file may come from a run in another mode or of another scheme
    integer :: days_before = 0                   !< days of the run before this start, for messages
    character(len=16) :: device = "cpu"
    integer :: threads = 1                       !< of the scheme's library, per rank
    character(len=16) :: backend = "auto"        !< auto | native | torchscript | aoti
    character(len=16) :: precision = "float32"   !< float32 | float64 | bfloat16
    integer :: noise_seed = 0                    !< of a stochastic scheme's random numbers
    integer :: noise_member = 0
    logical :: stochastic = .true.               !< .false.: zeros in place of random numbers
    character(len=1024) :: record_file = ""
    integer :: record_every = 7                  !< steps; 7 samples all hours of the day
    integer :: record_start = 0                  !< steps after 0001-01-01 before recording starts
    character(len=1024) :: history_file = ""     !< empty: no history
    integer :: history_every = 48                !< steps per mean
    character(len=1024) :: frequent_file = ""    !< empty: none
    integer :: frequent_every = 6                !< steps per mean of the frequent file: 3 hours
    real(real64) :: ramp_days = 0.0_real64       !< over which a learned scheme takes over from the teacher; 0: at once
    logical :: fallback = .true.                 !< flagged columns take the teacher's result
    real(real64) :: fallback_limit = 0.05_real64 !< share of columns, over a day, above which the run ends
    logical :: tendency_limits = .true.
    real(real64) :: tendency_limit_margin = 0.02_real64 !< fraction of the largest limit, added to each level's
    logical :: nonnegative_humidity = .true.
    logical :: water_closure = .true.
    !> kg kg-1 s-1; a level has convective cloud where a learned scheme's rain exceeds this. A network drizzles where the
    !> teacher has no rain; with this value its clouds are as frequent as the teacher's at each level.
    real(real64) :: cloud_threshold = 3.0e-9_real64
    integer :: crm_points = 8                    !< of the cloud-resolving model in a column
    real(real64) :: crm_spacing = 4000.0_real64  !< m
    real(real64) :: crm_step = 20.0_real64       !< s, at most
    real(real64) :: crm_acceleration = 1.0_real64 !< of its mean state
    logical :: spcam_history = .false.           !< steps in the schema of SPCAM's h1 files (mode crm)
    integer :: spcam_every = 1                   !< N steps; above 1: every Nth step, and the one before it
    character(len=1024) :: summary_file = "paramnet_summary.json"
    character(len=1024) :: progress_file = ""
  end type plasim_options

contains

  !> Read the namelist; without the file the mode is teacher. error is empty on success.
  subroutine read_options(options, error)
    type(plasim_options), intent(out) :: options
    character(len=*), intent(out) :: error
    character(len=16) :: mode, device, backend, precision
    character(len=64) :: scheme_digest
    character(len=1024) :: scheme, record_file, history_file, frequent_file, summary_file, progress_file
    integer :: threads, record_every, record_start, history_every, frequent_every, crm_points, spcam_every, days_before
    integer :: noise_seed, noise_member
    integer :: unit, status
    logical :: stochastic, starts_anew, fallback, tendency_limits, nonnegative_humidity, water_closure, spcam_history, present
    real(real64) :: ramp_days, fallback_limit, tendency_limit_margin, cloud_threshold, crm_spacing, crm_step, crm_acceleration
    character(len=256) :: message
    namelist /paramnet_nl/ mode, scheme, scheme_digest, starts_anew, days_before, device, threads, backend, precision, &
      noise_seed, noise_member, stochastic, record_file, record_every, record_start, history_file, history_every, &
      frequent_file, frequent_every, ramp_days, fallback, fallback_limit, tendency_limits, tendency_limit_margin, &
      nonnegative_humidity, water_closure, cloud_threshold, crm_points, crm_spacing, crm_step, crm_acceleration, spcam_history, &
      spcam_every, summary_file, progress_file

    error = ""
    inquire (file=namelist_file, exist=present)
    if (.not. present) return
    mode = options%mode; scheme = options%scheme; device = options%device; threads = options%threads
    scheme_digest = options%scheme_digest; starts_anew = options%starts_anew; days_before = options%days_before
    backend = options%backend; precision = options%precision
    noise_seed = options%noise_seed; noise_member = options%noise_member; stochastic = options%stochastic
    record_file = options%record_file; record_every = options%record_every; record_start = options%record_start
    history_file = options%history_file; history_every = options%history_every
    frequent_file = options%frequent_file; frequent_every = options%frequent_every
    ramp_days = options%ramp_days; fallback = options%fallback; fallback_limit = options%fallback_limit
    tendency_limits = options%tendency_limits; tendency_limit_margin = options%tendency_limit_margin
    nonnegative_humidity = options%nonnegative_humidity; water_closure = options%water_closure
    cloud_threshold = options%cloud_threshold
    crm_points = options%crm_points; crm_spacing = options%crm_spacing
    crm_step = options%crm_step; crm_acceleration = options%crm_acceleration
    spcam_history = options%spcam_history; spcam_every = options%spcam_every
    summary_file = options%summary_file; progress_file = options%progress_file

    open (newunit=unit, file=namelist_file, status="old", action="read", iostat=status, iomsg=message)
    if (status == 0) read (unit, nml=paramnet_nl, iostat=status, iomsg=message)
    if (status /= 0) then
      error = namelist_file//": "//trim(message)
      return
    end if
    close (unit)
    options = plasim_options(.true., mode, scheme, scheme_digest, starts_anew, days_before, device, threads, backend, precision, &
                             noise_seed, noise_member, stochastic, record_file, record_every, record_start, &
                             history_file, history_every, frequent_file, frequent_every, ramp_days, &
                             fallback, fallback_limit, tendency_limits, tendency_limit_margin, nonnegative_humidity, &
                             water_closure, cloud_threshold, crm_points, crm_spacing, crm_step, crm_acceleration, &
                             spcam_history, spcam_every, summary_file, progress_file)
    call check(options, error)
  end subroutine read_options

  subroutine check(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    select case (options%mode)
    case ("teacher", "off")
    case ("crm")
      call require(options%crm_points >= 4, "crm_points", "4 or more")
      call require(options%crm_spacing > 0.0_real64, "crm_spacing", "more than 0 m")
      call require(options%crm_step > 0.0_real64 .and. options%crm_step <= 60.0_real64, "crm_step", "more than 0, at most 60 s")
      call require(options%crm_acceleration >= 1.0_real64, "crm_acceleration", "1 or more")
    case ("record")
      call require(options%record_file /= "", "record_file", "a file with mode 'record'")
    case ("learned", "shadow", "passthrough")
      call require(options%scheme /= "", "scheme", "a file with mode '"//trim(options%mode)//"'")
    case default
      call require(.false., "mode", "teacher, record, learned, shadow, passthrough, crm or off", "'"//trim(options%mode)//"'")
    end select
    call require(options%noise_seed >= 0, "noise_seed", "0 or more")
    call require(options%noise_member >= 0, "noise_member", "0 or more")
    call require(options%record_every >= 1, "record_every", "1 step or more")
    call require(options%mode == "crm" .or. .not. options%spcam_history, "spcam_history", "mode 'crm' with it", &
                 "'"//trim(options%mode)//"'")
    call require(options%spcam_every >= 1, "spcam_every", "1 step or more")
    call require(options%history_every >= 1, "history_every", "1 step or more")
    call require(options%frequent_every >= 1, "frequent_every", "1 step or more")
    call require(options%ramp_days >= 0.0_real64 .and. options%ramp_days < 1e5_real64, "ramp_days", "0 or more, below 100000")
    call require(.not. options%tendency_limit_margin < 0.0_real64, "tendency_limit_margin", "0 or more")

  contains

    !> The last key at fault is the one reported.
    subroutine require(holds, key, expected, got)
      logical, intent(in) :: holds
      character(len=*), intent(in) :: key, expected
      character(len=*), intent(in), optional :: got
      if (.not. holds) error = sentence(key, expected=expected, got=got, where=namelist_file)
    end subroutine require
  end subroutine check

end module paramnet_plasim_options

!> The records of a host's convection: a recorder for each block of columns.  The only part that needs the
!> recorder.
module paramnet_host_recorders
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use paramnet_host_options, only: host_conventions
  use paramnet_record, only: paramnet_recorder, PARAMNET_OK
  implicit none
  private
  public :: recorder_settings, open_recorder, record, close_recorders

  type :: recorder_settings
    character(len=512) :: folder
    integer :: every_step, blocks
    real(real64) :: time_step, gravity, specific_heat, latent_heat
    type(host_conventions) :: host
    character(len=64) :: model, time_units, calendar
    real(real64), allocatable :: a_interface(:), b_interface(:)
  end type recorder_settings

  interface record
    procedure record_real32, record_real64
  end interface record

  type(paramnet_recorder), allocatable, save :: recorders(:)
  real(real64), save :: specific_heat

contains

  !> From one thread, before the first step.  append: a restart adds to the files.
  subroutine open_recorder(settings, block, number, total, latitude, longitude, area, message)
    type(recorder_settings), intent(in) :: settings
    integer, intent(in) :: block, number, total
    real(real64), intent(in) :: latitude(:), longitude(:), area(:)
    character(len=:), allocatable, intent(inout) :: message
    integer(int32) :: status

    if (.not. allocated(recorders)) allocate (recorders(settings%blocks))
    specific_heat = settings%specific_heat
    associate (one => recorders(block))
      call one%open(trim(settings%folder), 'convection', settings%time_step, model=trim(settings%model), &
        time_units=trim(settings%time_units), calendar=trim(settings%calendar), every_step=int(settings%every_step, int32), &
        rank=int(number, int32), ranks=int(total, int32), append=.true., status=status, message=message)
      if (status == PARAMNET_OK) call one%columns(latitude, longitude, area, status=status, message=message)
      if (status == PARAMNET_OK) call one%hybrid_levels(settings%a_interface, settings%b_interface, &
        order=trim(settings%host%order), status=status, message=message)
      if (status == PARAMNET_OK) call one%constant('gravity', settings%gravity, status=status, message=message)
      if (status == PARAMNET_OK) &
        call one%constant('specific_heat_of_dry_air', settings%specific_heat, status=status, message=message)
      if (status == PARAMNET_OK) &
        call one%constant('latent_heat_of_vaporization', settings%latent_heat, status=status, message=message)
    end associate
    if (status == PARAMNET_OK) message = ''
  end subroutine open_recorder

  subroutine record_real32(block, time, host, surface_pressure, temperature, humidity, heating, moistening, rain, message)
    integer, parameter :: kind = real32
    include 'paramnet_host_record.inc'
  end subroutine record_real32

  subroutine record_real64(block, time, host, surface_pressure, temperature, humidity, heating, moistening, rain, message)
    integer, parameter :: kind = real64
    include 'paramnet_host_record.inc'
  end subroutine record_real64

  subroutine close_recorders(message)
    character(len=:), allocatable, intent(inout) :: message
    integer(int32) :: status
    integer :: block

    if (.not. allocated(recorders)) return
    do block = 1, size(recorders)
      call recorders(block)%close(status=status, message=message)
      if (status /= PARAMNET_OK) return
    end do
    message = ''
  end subroutine close_recorders
end module paramnet_host_recorders

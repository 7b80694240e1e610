!> Statuses, flags, and the handling of failures of calls without status.
module paramnet_status
  use, intrinsic :: iso_fortran_env, only: int32
  use paramnet_c, only: c_report_failure
  use paramnet_text, only: characters
  implicit none
  private
  public :: paramnet_error_hook, paramnet_set_error_hook, report_failure

  integer(int32), parameter, public :: PARAMNET_OK = 0
  integer(int32), parameter, public :: PARAMNET_STATUS_INVALID_ARGUMENT = 1
  integer(int32), parameter, public :: PARAMNET_STATUS_FILE = 2
  integer(int32), parameter, public :: PARAMNET_STATUS_FORMAT = 3
  integer(int32), parameter, public :: PARAMNET_STATUS_CONTRACT_MISMATCH = 4
  integer(int32), parameter, public :: PARAMNET_STATUS_UNBOUND = 5
  integer(int32), parameter, public :: PARAMNET_STATUS_BACKEND = 6
  integer(int32), parameter, public :: PARAMNET_STATUS_DEVICE = 7
  integer(int32), parameter, public :: PARAMNET_STATUS_OUT_OF_MEMORY = 8
  integer(int32), parameter, public :: PARAMNET_STATUS_INTERNAL = 9

  integer(int32), parameter, public :: PARAMNET_FLAG_NONFINITE_INPUT = 1
  integer(int32), parameter, public :: PARAMNET_FLAG_NONFINITE_OUTPUT = 2
  integer(int32), parameter, public :: PARAMNET_FLAG_OUTSIDE_ENVELOPE = 4
  integer(int32), parameter, public :: PARAMNET_FLAG_FAR_FROM_TRAINING = 8

  abstract interface
    !> Called with the failure of a call without status.  It may end the run.
    subroutine paramnet_error_hook(status, message)
      import :: int32
      integer(int32), intent(in) :: status
      character(len=*), intent(in) :: message
    end subroutine paramnet_error_hook
  end interface

  procedure(paramnet_error_hook), pointer :: hook => null()

contains

  !> Registers the host's hook for the entire program; without an argument, removes it, and messages go to standard
  !> error.  Register it before threads call the scheme.
  subroutine paramnet_set_error_hook(new)
    procedure(paramnet_error_hook), optional :: new

    hook => null()
    if (present(new)) hook => new
  end subroutine paramnet_set_error_hook

  subroutine report_failure(status, message)
    integer(int32), intent(in) :: status
    character(len=*), intent(in) :: message
    integer(int32) :: unused

    if (associated(hook)) then
      call hook(status, message)
    else
      unused = c_report_failure(status, characters(message))
    end if
  end subroutine report_failure
end module paramnet_status

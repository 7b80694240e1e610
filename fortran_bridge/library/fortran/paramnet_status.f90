!> Statuses, flags, and the handling of failures.
!>
!> With an argument status, the caller handles failures: nothing is printed.  Without it, the first failure goes to the
!> host's hook or to standard error, outputs are unchanged and every later call fails the same way until load or free.
module paramnet_status
  use, intrinsic :: iso_fortran_env, only: int32
  use paramnet_c, only: c_last_error, c_report_failure
  use paramnet_text, only: characters, string
  implicit none
  private
  public :: paramnet_error_hook, paramnet_set_error_hook, fail, refused, settled, succeed

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

  !> What earlier calls of a scheme left behind.
  type, public :: failure_type
    integer(int32) :: unhandled = PARAMNET_OK        !< a failure that no caller handled; every later call repeats it
    character(len=:), allocatable :: message         !< of the last call; empty if it succeeded
  end type failure_type

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

  !> Handles a status of the C ABI, with its message; taken: the caller receives the status.
  function settled(failure, status, taken) result(code)
    type(failure_type), intent(inout) :: failure
    integer(int32), intent(in) :: status
    logical, intent(in) :: taken
    integer(int32) :: code

    code = status
    if (code /= PARAMNET_OK) then
      call fail(failure, code, string(c_last_error()), taken)
    else
      call succeed(failure)
    end if
  end function settled

  !> Empties the message of the call before.
  subroutine succeed(failure)
    type(failure_type), intent(inout) :: failure

    if (.not. allocated(failure%message)) then
      failure%message = ''
    else if (len(failure%message) > 0) then
      failure%message = ''
    end if
  end subroutine succeed

  !> Refuses an argument on the Fortran side.
  function refused(failure, taken, text) result(code)
    type(failure_type), intent(inout) :: failure
    logical, intent(in) :: taken
    character(len=*), intent(in) :: text
    integer(int32) :: code

    code = PARAMNET_STATUS_INVALID_ARGUMENT
    call fail(failure, code, text, taken)
  end function refused

  !> Reports a failure with its text: to the caller if taken, else to the hook or standard error.
  subroutine fail(failure, code, text, taken)
    type(failure_type), intent(inout) :: failure
    integer(int32), intent(in) :: code
    character(len=*), intent(in) :: text
    logical, intent(in) :: taken
    integer(int32) :: unused

    failure%message = text
    if (taken) return
    failure%unhandled = code
    if (associated(hook)) then
      call hook(code, text)
    else
      unused = c_report_failure(code, characters(text))
    end if
  end subroutine fail
end module paramnet_status

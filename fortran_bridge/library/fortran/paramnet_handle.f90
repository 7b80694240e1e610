!> The base of type(paramnet_scheme): the library's handle, and the handling of each status.
!>
!> With an argument status, the caller handles failures: nothing is printed.  Without it, the first failure goes to the
!> host's hook or to standard error, outputs are unchanged and every later call fails the same way until load or free.
module paramnet_handle
  use, intrinsic :: iso_c_binding, only: c_associated, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32
  use paramnet_c, only: c_free, c_last_error
  use paramnet_status, only: PARAMNET_OK, PARAMNET_STATUS_INVALID_ARGUMENT, report_failure
  use paramnet_text, only: string
  implicit none
  private
  public :: handle_type

  type :: handle_type
    private
    type(c_ptr), public :: handle = c_null_ptr        !< the library's; not for hosts
    integer(int32), public :: failed = PARAMNET_OK    !< an unhandled failure, which every later call repeats
    character(len=:), allocatable, public :: said     !< the message of the last call that failed
  contains
    procedure :: free
    procedure :: loaded
    procedure :: settled
    procedure :: refused
  end type handle_type

contains

  !> Frees the scheme and clears a failure.  Harmless when nothing is loaded.
  subroutine free(self)
    class(handle_type), intent(inout) :: self
    integer(int32) :: code

    code = c_free(self%handle)
    self%handle = c_null_ptr
    self%failed = PARAMNET_OK
    self%said = ''
  end subroutine free

  pure logical function loaded(self)
    class(handle_type), intent(in) :: self
    loaded = c_associated(self%handle)
  end function loaded

  !> Handles a status of the C ABI, with its message; taken: the caller receives the status.
  function settled(self, status, taken) result(code)
    class(handle_type), intent(inout) :: self
    integer(int32), intent(in) :: status
    logical, intent(in) :: taken
    integer(int32) :: code

    code = status
    if (code /= PARAMNET_OK) then
      call fail(self, code, string(c_last_error()), taken)
    else if (.not. allocated(self%said)) then
      self%said = ''
    else if (len(self%said) > 0) then
      self%said = ''
    end if
  end function settled

  !> Refuses an argument on the Fortran side.
  function refused(self, taken, text) result(code)
    class(handle_type), intent(inout) :: self
    logical, intent(in) :: taken
    character(len=*), intent(in) :: text
    integer(int32) :: code

    code = PARAMNET_STATUS_INVALID_ARGUMENT
    call fail(self, code, text, taken)
  end function refused

  subroutine fail(self, code, text, taken)
    class(handle_type), intent(inout) :: self
    integer(int32), intent(in) :: code
    character(len=*), intent(in) :: text
    logical, intent(in) :: taken

    self%said = text
    if (taken) return
    self%failed = code
    call report_failure(code, text)
  end subroutine fail
end module paramnet_handle

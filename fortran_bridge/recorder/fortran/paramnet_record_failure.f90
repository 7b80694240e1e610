!> Handling of a status of libparamnet_record, as paramnet_status does for libparamnet.
module paramnet_record_failure
  use, intrinsic :: iso_fortran_env, only: int32
  use paramnet_record_c, only: c_record_last_error
  use paramnet_status, only: fail, failure_type, PARAMNET_OK, succeed
  use paramnet_text, only: string
  implicit none
  private
  public :: recorded

contains

  !> Handles a status of the C ABI, with its message; taken: the caller receives the status.
  function recorded(failure, status, taken) result(code)
    type(failure_type), intent(inout) :: failure
    integer(int32), intent(in) :: status
    logical, intent(in) :: taken
    integer(int32) :: code

    code = status
    if (code == PARAMNET_OK) then
      call succeed(failure)
    else
      call fail(failure, code, string(c_record_last_error()), taken)
    end if
  end function recorded
end module paramnet_record_failure

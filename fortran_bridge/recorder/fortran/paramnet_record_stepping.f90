!> The calls around the parameterization, the counters and the end of a recording.
submodule (paramnet_record) paramnet_record_stepping
  use, intrinsic :: iso_c_binding, only: c_associated
  use paramnet_record_c, only: c_record_after, c_record_before, c_record_close, c_record_counters, c_record_counts
  use paramnet_record_failure, only: recorded
  implicit none

contains

  module procedure before
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = recorded(self%failure, c_record_before(self%handle, time), present(status))
    include 'paramnet_return_status.inc'
  end procedure before

  module procedure after
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = recorded(self%failure, c_record_after(self%handle), present(status))
    include 'paramnet_return_status.inc'
  end procedure after

  module procedure counters
    type(c_record_counts) :: counts
    integer(int32) :: code

    code = self%failure%unhandled
    if (code /= PARAMNET_OK) then
      counts = c_record_counts()
    else if (self%closed) then
      counts = c_record_counts(self%counts(1), self%counts(2), self%counts(3), self%counts(4))
    else
      code = recorded(self%failure, c_record_counters(self%handle, counts), present(status))
      if (code /= PARAMNET_OK) counts = c_record_counts()
    end if
    if (present(written)) written = counts%written
    if (present(skipped)) skipped = counts%skipped
    if (present(lost)) lost = counts%lost
    if (present(files)) files = counts%files
    include 'paramnet_return_status.inc'
  end procedure counters

  module procedure close_recorder
    integer(int32) :: code
    type(c_ptr) :: handle
    type(c_record_counts) :: counts

    handle = self%handle
    self%handle = c_null_ptr
    self%failure%unhandled = PARAMNET_OK
    code = recorded(self%failure, c_record_close(handle, counts), present(status))
    if (c_associated(handle)) then
      self%closed = .true.
      self%counts = [counts%written, counts%skipped, counts%lost, counts%files]
    end if
    self%failure%unhandled = PARAMNET_OK
    include 'paramnet_return_status.inc'
  end procedure close_recorder
end submodule paramnet_record_stepping

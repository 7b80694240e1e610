!> Evaluation: bound arrays, ranges of them, chunks in a queue, and one-shot calls.
submodule (paramnet) paramnet_running
  use, intrinsic :: iso_c_binding, only: c_loc
  use paramnet_arrays, only: describe
  use paramnet_c
  use paramnet_layout, only: arrange
  use paramnet_message, only: sentence
  use paramnet_text, only: decimal
  implicit none

contains

  module procedure run
    type(c_ptr) :: address
    integer(int32) :: code

    code = take_flags(self, 'run', ncol, flags, address, present(status))
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_run_range(self%handle, before(first), int(ncol, int64), address), present(status))
    include 'paramnet_return_status.inc'
  end procedure run

  module procedure enqueue
    type(c_ptr) :: address
    integer(int32) :: code

    code = take_flags(self, 'enqueue', ncol, flags, address, present(status))
    if (code == PARAMNET_OK) &
      code = settled(self%failure, c_enqueue(self%handle, before(first), int(ncol, int64), address), present(status))
    include 'paramnet_return_status.inc'
  end procedure enqueue

  module procedure flush_queue
    integer(int32) :: code

    code = self%failure%unhandled
    if (code == PARAMNET_OK) code = settled(self%failure, c_flush(self%handle), present(status))
    include 'paramnet_return_status.inc'
  end procedure flush_queue

  module procedure predict_real32
    integer(int32) :: code

    code = predict_arrays(self, describe(x), describe(y), flags, layout, present(status))
    include 'paramnet_return_status.inc'
  end procedure predict_real32

  module procedure predict_real64
    integer(int32) :: code

    code = predict_arrays(self, describe(x), describe(y), flags, layout, present(status))
    include 'paramnet_return_status.inc'
  end procedure predict_real64

  function predict_arrays(self, from, to, flags, layout, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    type(c_array), intent(in) :: from, to
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    character(len=*), intent(in), optional :: layout
    logical, intent(in) :: taken
    type(c_array) :: x, y
    character(len=:), allocatable :: error
    type(c_ptr) :: address
    integer(int32) :: code

    x = from
    y = to
    if (present(layout)) then  ! without it there is no message to compose or allocate
      call arrange(x, 'predict', 2, layout, error=error)
      if (error == '') call arrange(y, 'predict', 2, layout, error=error)
    end if
    code = take_flags(self, 'predict', int(x%columns, int32), flags, address, taken)
    if (code /= PARAMNET_OK) return
    if (allocated(error)) then
      if (error /= '') code = refused(self%failure, taken, error)
    end if
    if (code == PARAMNET_OK) code = settled(self%failure, c_predict(self%handle, x%columns, x, y, address), taken)
  end function predict_arrays

  !> The address of flags, null when absent; refuses flags that are too short, and repeats an unhandled failure.
  function take_flags(self, what, ncol, flags, address, taken) result(code)
    class(paramnet_scheme), intent(inout) :: self
    character(len=*), intent(in) :: what
    integer(int32), intent(in) :: ncol
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    type(c_ptr), intent(out) :: address
    logical, intent(in) :: taken
    integer(int32) :: code

    address = c_null_ptr
    code = self%failure%unhandled
    if (code /= PARAMNET_OK .or. .not. present(flags)) return
    if (size(flags) < ncol) then
      code = refused(self%failure, taken, sentence(what // ': flags', &
        expected='at least ncol = ' // decimal(ncol) // ' elements', got=decimal(size(flags, kind=int32))))
    else if (size(flags) > 0) then
      address = c_loc(flags)
    end if
  end function take_flags

  !> Columns before the first one.
  pure integer(int64) function before(first)
    integer(int32), intent(in), optional :: first

    before = 0
    if (present(first)) before = int(first, int64) - 1
  end function before
end submodule paramnet_running

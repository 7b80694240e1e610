!> Evaluation: bound arrays, ranges of them, chunks in a queue, and one-shot calls.
module paramnet_running
  use, intrinsic :: iso_c_binding, only: c_loc, c_null_ptr, c_ptr
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use paramnet_arrays, only: describe
  use paramnet_c
  use paramnet_checking, only: checked_type
  use paramnet_layout, only: arrange
  use paramnet_status, only: PARAMNET_OK
  use paramnet_text, only: decimal
  implicit none
  private
  public :: running_type

  type, extends(checked_type) :: running_type
  contains
    procedure :: run
    procedure :: enqueue
    procedure :: flush => flush_queue
    generic :: predict => predict_real32, predict_real64
    procedure, private :: predict_real32, predict_real64
  end type running_type

contains

  !> Evaluates ncol columns of the bound arrays, from column first (default 1).  flags (size >= ncol) receives a sum of
  !> PARAMNET_FLAG_* per column, flags(1) that of column first.  Threads may run one scheme at once, on different columns.
  subroutine run(self, ncol, flags, status, message, first)
    class(running_type), intent(inout) :: self
    integer(int32), intent(in) :: ncol
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32), intent(in), optional :: first
    type(c_ptr) :: address
    integer(int32) :: code

    code = take_flags(self, 'run', ncol, flags, address, present(status))
    if (code == PARAMNET_OK) &
      code = self%settled(c_run_range(self%handle, before(first), int(ncol, int64), address), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine run

  !> Enqueues ncol columns, from column first (default 1), of this handle's arrays for the next flush.  The arrays and flags
  !> must still exist then: flags is a pointer so that the compiler makes no copy of it.  Several threads may enqueue
  !> chunks.
  subroutine enqueue(self, ncol, flags, status, message, first)
    class(running_type), intent(inout) :: self
    integer(int32), intent(in) :: ncol
    integer(int32), pointer, contiguous, intent(in), optional, asynchronous :: flags(:)
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32), intent(in), optional :: first
    type(c_ptr) :: address
    integer(int32) :: code

    code = take_flags(self, 'enqueue', ncol, flags, address, present(status))
    if (code == PARAMNET_OK) &
      code = self%settled(c_enqueue(self%handle, before(first), int(ncol, int64), address), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine enqueue

  !> Evaluates everything enqueued by this handle and all handles that share its scheme, as one call.
  subroutine flush_queue(self, status, message)
    class(running_type), intent(inout) :: self
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = self%failed
    if (code == PARAMNET_OK) code = self%settled(c_flush(self%handle), present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine flush_queue

  !> One shot: y (column, n_out) of x (column, n_in), in the contract's order and units, independent of bound arrays.
  !> layout: 'level,column' for x(n_in, column), y(n_out, column).
  subroutine predict_real32(self, x, y, flags, layout, status, message)
    class(running_type), intent(inout) :: self
    real(real32), intent(in), target :: x(:, :)
    real(real32), intent(inout), target :: y(:, :)
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = predict_arrays(self, describe(x), describe(y), flags, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine predict_real32

  subroutine predict_real64(self, x, y, flags, layout, status, message)
    class(running_type), intent(inout) :: self
    real(real64), intent(in), target :: x(:, :)
    real(real64), intent(inout), target :: y(:, :)
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    character(len=*), intent(in), optional :: layout
    integer(int32), intent(out), optional :: status
    character(len=:), allocatable, intent(inout), optional :: message
    integer(int32) :: code

    code = predict_arrays(self, describe(x), describe(y), flags, layout, present(status))
    if (present(status)) status = code
    if (present(message)) message = self%said
  end subroutine predict_real64

  function predict_arrays(self, from, to, flags, layout, taken) result(code)
    class(running_type), intent(inout) :: self
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
      if (error /= '') code = self%refused(taken, error)
    end if
    if (code == PARAMNET_OK) code = self%settled(c_predict(self%handle, x%columns, x, y, address), taken)
  end function predict_arrays

  !> The address of flags, null when absent; refuses flags that are too short, and repeats an unhandled failure.
  function take_flags(self, what, ncol, flags, address, taken) result(code)
    class(running_type), intent(inout) :: self
    character(len=*), intent(in) :: what
    integer(int32), intent(in) :: ncol
    integer(int32), intent(inout), optional, contiguous, target :: flags(:)
    type(c_ptr), intent(out) :: address
    logical, intent(in) :: taken
    integer(int32) :: code

    address = c_null_ptr
    code = self%failed
    if (code /= PARAMNET_OK .or. .not. present(flags)) return
    if (size(flags) < ncol) then
      code = self%refused(taken, what // ': flags: expected at least ncol = ' // decimal(ncol) // ' elements, got ' // &
                          decimal(size(flags, kind=int32)))
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
end module paramnet_running

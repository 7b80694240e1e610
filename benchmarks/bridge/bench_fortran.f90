!> bench_fortran SCHEME.pt VARIABLES COLUMNS ROUNDS: time of a call from Fortran compared with the C++ kernel it calls.
!> VARIABLES: a text file of lines `input|output name levels units`.  JSON on standard output: seconds per call and round.
program bench_fortran
  use, intrinsic :: iso_c_binding, only: c_char, c_int64_t, c_null_char, c_ptr, c_associated
  use, intrinsic :: iso_fortran_env, only: int32, real32, real64
  use paramnet, only: paramnet_scheme, PARAMNET_OK
  implicit none

  interface
    function kernel_open(path, columns) bind(c, name='bench_kernel_open') result(kernel)
      import :: c_char, c_int64_t, c_ptr
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int64_t), value :: columns
      type(c_ptr) :: kernel
    end function kernel_open
    subroutine kernel_evaluate(kernel) bind(c, name='bench_kernel_evaluate')
      import :: c_ptr
      type(c_ptr), value :: kernel
    end subroutine kernel_evaluate
    subroutine kernel_close(kernel) bind(c, name='bench_kernel_close')
      import :: c_ptr
      type(c_ptr), value :: kernel
    end subroutine kernel_close
  end interface

  type :: host_array
    real(real32), allocatable :: values(:, :)
  end type host_array

  type(paramnet_scheme) :: scheme
  type(host_array), target :: arrays(64)
  type(c_ptr) :: kernel
  character(len=:), allocatable :: message
  character(len=512) :: path, list, word
  integer(int32) :: columns, rounds, status, calls, round
  integer(int32), allocatable :: flags(:)
  real(real64), allocatable :: fortran(:), cpp(:)

  call get_command_argument(1, path)
  call get_command_argument(2, list)
  call get_command_argument(3, word)
  read (word, *) columns
  call get_command_argument(4, word)
  read (word, *) rounds
  allocate (flags(columns), fortran(rounds), cpp(rounds))

  call scheme%load(trim(path), backend='native', strict=.false., status=status, message=message)
  if (status /= PARAMNET_OK) error stop 'the scheme does not load'
  call bind_all()
  kernel = kernel_open(trim(path)//c_null_char, int(columns, c_int64_t))
  if (.not. c_associated(kernel)) error stop 'the kernel does not load'

  calls = max(1, 500/columns)
  do round = 1, rounds
    fortran(round) = seconds_of(.true.)
    cpp(round) = seconds_of(.false.)
  end do
  print '(a, *(es14.6, :, ","))', '{"fortran": [', fortran
  print '(a, *(es14.6, :, ","))', '], "kernel": [', cpp
  print '(a)', ']}'
  call kernel_close(kernel)
  call scheme%free()

contains

  subroutine bind_all()
    character(len=16) :: direction
    character(len=128) :: name, units
    integer :: unit, ended, levels, count

    open (newunit=unit, file=trim(list), status='old', action='read')
    count = 0
    do
      read (unit, *, iostat=ended) direction, name, levels, units
      if (ended /= 0) exit
      count = count + 1
      allocate (arrays(count)%values(columns, levels), source=0.5_real32)
      if (direction == 'input') then
        call scheme%bind_input(trim(name), trim(units), arrays(count)%values, status=status, message=message)
      else
        call scheme%bind_output(trim(name), trim(units), arrays(count)%values, status=status, message=message)
      end if
      if (status /= PARAMNET_OK) error stop 'a variable does not bind'
    end do
    close (unit)
  end subroutine bind_all

  real(real64) function seconds_of(through_fortran)
    logical, intent(in) :: through_fortran
    real(real64) :: start, finish
    integer :: call_number

    call cpu_time(start)  ! excludes other processes on this core
    do call_number = 1, calls
      if (through_fortran) then
        call scheme%run(columns, flags, status)
      else
        call kernel_evaluate(kernel)
      end if
    end do
    call cpu_time(finish)
    if (status /= PARAMNET_OK) error stop 'a call failed'
    seconds_of = (finish - start)/calls
  end function seconds_of

end program bench_fortran

!> parity_any COLUMNS.bin SCHEME.pt OUT.bin VARIABLES.txt BACKEND PRECISION [predict]: any scheme on every column through
!> the Fortran module.  COLUMNS holds (column, n_in) real64; OUT receives (column, n_out) real64.  VARIABLES has a line
!> 'input|output name levels units' for each variable, in the contract's order.  Arrays are (column, level) and bound one
!> by one; with predict they are passed in one call.
program parity_any
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, int64, iostat_end, real64
  use paramnet, only: paramnet_scheme
  implicit none
  type :: variable
    logical :: input
    character(len=128) :: name, units
    integer :: levels, first
  end type variable
  type(variable), allocatable :: variables(:)
  real(real64), allocatable, target :: rows(:, :), x(:, :), y(:, :)
  type(paramnet_scheme) :: scheme
  integer :: columns, n_in, n_out, v, unit
  integer(int32) :: status
  character(len=:), allocatable :: message

  call read_variables(argument(4), variables)
  n_in = sum(pack(variables%levels, variables%input))
  n_out = sum(pack(variables%levels,.not. variables%input))
  call read_rows(argument(1))
  allocate (y(columns, n_out))
  y = 0
  call scheme%load(argument(2), backend=argument(5), precision=argument(6), strict=.false., status=status, message=message)
  call require()
  if (command_argument_count() > 6) then
    call scheme%predict(x, y, status=status, message=message)
    call require()
  else
    do v = 1, size(variables)
      call bind(variables(v))
      call require()
    end do
    call scheme%run(int(columns, int32), status=status, message=message)
    call require()
  end if
  call scheme%free()
  open (newunit=unit, file=argument(3), access='stream', form='unformatted', status='replace', action='write')
  write (unit) transpose(y)
  close (unit)

contains

  subroutine require()
    if (status == 0) return
    write (error_unit, '(a)') message
    error stop 1
  end subroutine require

  function argument(number) result(text)
    integer, intent(in) :: number
    character(len=:), allocatable :: text
    integer :: length

    call get_command_argument(number, length=length)
    allocate (character(len=length) :: text)
    call get_command_argument(number, text)
  end function argument

  subroutine read_variables(path, variables)
    character(len=*), intent(in) :: path
    type(variable), allocatable, intent(out) :: variables(:)
    character(len=128) :: line, role, name
    integer :: unit, status, levels, after(2)

    allocate (variables(0))
    after = 1
    open (newunit=unit, file=path, status='old', action='read')
    do
      read (unit, '(a)', iostat=status) line
      if (status == iostat_end) exit
      read (line, *) role, name, levels
      associate (side => merge(1, 2, role == 'input'), units => line(index(line, '|') + 1:))
        variables = [variables, variable(role == 'input', name, units, levels, after(side))]
        after(side) = after(side) + levels
      end associate
    end do
    close (unit)
  end subroutine read_variables

  !> x : (column, n_in) of the file's (n_in, column).
  subroutine read_rows(path)
    character(len=*), intent(in) :: path
    integer(int64) :: bytes
    integer :: unit

    open (newunit=unit, file=path, access='stream', form='unformatted', status='old', action='read')
    inquire (unit, size=bytes)
    columns = int(bytes/8_int64/int(n_in, int64))
    allocate (rows(n_in, columns))
    read (unit) rows
    close (unit)
    x = transpose(rows)
  end subroutine read_rows

  subroutine bind(one)
    type(variable), intent(in) :: one

    associate (last => one%first + one%levels - 1)
      if (one%input .and. one%levels > 1) then
        call scheme%bind_input(trim(one%name), trim(one%units), x(:, one%first:last), status=status, message=message)
      else if (one%input) then
        call scheme%bind_input(trim(one%name), trim(one%units), x(:, last), status=status, message=message)
      else if (one%levels > 1) then
        call scheme%bind_output(trim(one%name), trim(one%units), y(:, one%first:last), status=status, message=message)
      else
        call scheme%bind_output(trim(one%name), trim(one%units), y(:, last), status=status, message=message)
      end if
    end associate
  end subroutine bind
end program parity_any

!> parity COLUMNS.bin SCHEME.pt OUT.bin VARIANT: the tiny scheme on every column through the Fortran module, with host
!> arrays laid out by VARIANT; OUT holds (column, n_out) float32 and must not depend on the variant.
program parity
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, real32, real64
  use paramnet, only: paramnet_scheme
  implicit none
  integer, parameter :: columns = 10240, n_in = 53, n_out = 30, nlev = 10
  character(len=*), parameter :: names(8) = [character(len=48) :: 'air_temperature', 'specific_humidity', &
    'tendency_of_air_temperature_so_far', 'tendency_of_specific_humidity_so_far', &
    'tendency_of_specific_humidity_due_to_advection', 'surface_air_pressure', 'surface_temperature', &
    'surface_specific_humidity']
  character(len=*), parameter :: units(8) = [character(len=13) :: 'K', 'kg kg-1', 'K s-1', 'kg kg-1 s-1', &
    'kg kg-1 s-1', 'Pa', 'K', 'kg kg-1']
  character(len=*), parameter :: results(3) = [character(len=48) :: &
    'tendency_of_air_temperature_due_to_convection', 'tendency_of_specific_humidity_due_to_convection', &
    'convective_precipitation_production']
  character(len=*), parameter :: result_units(3) = [character(len=13) :: 'K s-1', 'kg kg-1 s-1', 'kg kg-1 s-1']
  real(real64), allocatable :: rows(:, :)
  real(real32), allocatable, target :: answers(:, :)
  type(paramnet_scheme) :: scheme
  character(len=512) :: columns_path, scheme_path, out_path, variant
  integer :: unit

  call get_command_argument(1, columns_path)
  call get_command_argument(2, scheme_path)
  call get_command_argument(3, out_path)
  call get_command_argument(4, variant)
  allocate (rows(n_in, columns), answers(n_out, columns))
  open (newunit=unit, file=columns_path, access='stream', form='unformatted', status='old', action='read')
  read (unit) rows
  close (unit)
  call scheme%load(scheme_path, strict=.false.)
  select case (variant)
  case ('real64')
    call run_real64()
  case ('real32_level_first')
    call run_real32_level_first()
  case ('strided')
    call run_strided()
  case default
    write (error_unit, '(2a)') 'unknown variant ', trim(variant)
    error stop 2
  end select
  call scheme%free()
  open (newunit=unit, file=out_path, access='stream', form='unformatted', status='replace', action='write')
  write (unit) answers
  close (unit)

contains

  !> (column, level), contiguous, with more columns than are run.
  subroutine run_real64()
    integer, parameter :: pcols = columns + 7
    real(real64), allocatable, target :: x(:, :, :), y(:, :, :), surface(:, :)
    integer :: v

    allocate (x(pcols, nlev, 5), surface(pcols, 3), y(pcols, nlev, 3))
    x = huge(1.0_real64)
    surface = huge(1.0_real64)
    y = -7.0_real64
    do v = 1, 5
      x(1:columns, :, v) = transpose(rows((v - 1) * nlev + 1:v * nlev, :))
      call scheme%bind_input(names(v), units(v), x(:, :, v))
    end do
    do v = 1, 3
      surface(1:columns, v) = rows(5 * nlev + v, :)
      call scheme%bind_input(names(5 + v), units(5 + v), surface(:, v))
      call scheme%bind_output(results(v), result_units(v), y(:, :, v))
    end do
    call scheme%run(int(columns, int32))
    if (any(abs(y(columns + 1:, :, :) + 7.0_real64) > 0.0_real64)) error stop 'columns beyond ncol were written'
    do v = 1, 3
      answers((v - 1) * nlev + 1:v * nlev, :) = transpose(real(y(1:columns, :, v), real32))
    end do
  end subroutine run_real64

  subroutine run_real32_level_first()
    real(real32), allocatable, target :: x(:, :)
    integer :: v

    allocate (x(n_in, columns))
    x = real(rows, real32)
    do v = 1, 5
      call scheme%bind_input(names(v), units(v), x((v - 1) * nlev + 1:v * nlev, :), layout='level,column')
    end do
    do v = 1, 3
      call scheme%bind_input(names(5 + v), units(5 + v), x(5 * nlev + v, :))
      call scheme%bind_output(results(v), result_units(v), answers((v - 1) * nlev + 1:v * nlev, :), &
        layout='level,column')
    end do
    call scheme%run(int(columns, int32))
  end subroutine run_real32_level_first

  !> Every second column of a larger array, levels stored bottom first, outputs interleaved.
  subroutine run_strided()
    real(real64), allocatable, target :: x(:, :, :), surface(:, :)
    real(real32), allocatable, target :: y(:, :, :)
    integer :: v, k

    allocate (x(2 * columns, nlev, 5), surface(3, 2 * columns), y(3, nlev, 3 * columns))
    x = 0
    surface = 0
    do v = 1, 5
      do k = 1, nlev
        x(1::2, nlev + 1 - k, v) = rows((v - 1) * nlev + k, :)
      end do
      call scheme%bind_input(names(v), units(v), x(1::2, nlev:1:-1, v))
    end do
    do v = 1, 3
      surface(v, ::2) = rows(5 * nlev + v, :)
      call scheme%bind_input(names(5 + v), units(5 + v), surface(v, ::2))
      call scheme%bind_output(results(v), result_units(v), y(v, :, 2::3), layout='level,column')
    end do
    call scheme%run(int(columns, int32))
    do v = 1, 3
      answers((v - 1) * nlev + 1:v * nlev, :) = y(v, :, 2::3)
    end do
  end subroutine run_strided
end program parity

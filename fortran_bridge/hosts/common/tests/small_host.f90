!> small_host cam|wrf FILE: two blocks of columns whose convection goes through module paramnet_host, with the conventions of CAM
!> (real64, from the top, J kg-1 s-1) or of WRF (real32, from the bottom, potential temperature).  Writes the arrays after the
!> last step to FILE, as real64, and what host_finish says to standard output.
program small_host
  use, intrinsic :: iso_fortran_env, only: output_unit, real32, real64
  use paramnet_host, only: host_conventions, host_convection, host_finish, host_place, host_start
  use paramnet_host_theta, only: host_convection_theta, HOST_WRF_CONVENTIONS
  use paramnet_host_time, only: host_time, HOST_CALENDAR, HOST_TIME_UNITS
  implicit none
  integer, parameter :: columns = 6, levels = 5, blocks = 2, steps = 24
  real(real64), parameter :: time_step = 1800, gravity = 9.80616_real64, cp = 1004.64_real64, latent = 2.501e6_real64
  real(real64), parameter :: b(0:levels) = [0.0_real64, 0.2_real64, 0.4_real64, 0.6_real64, 0.8_real64, 1.0_real64]
  real(real64), target, dimension(columns, levels) :: p, t, q, heating, moistening
  real(real64), target, dimension(columns) :: ps, rain
  character(len=:), allocatable :: message
  character(len=512) :: host, path
  integer :: unit, block, step, k

  call get_command_argument(1, host)
  call get_command_argument(2, path)
  open (newunit=unit, file=trim(path), access='stream', form='unformatted', status='replace')
  call start()
  do step = 0, steps - 1
    do block = 1, blocks
      call convect()
      if (host == 'cam') call as_cam()
      if (host == 'wrf') call as_wrf()
      if (step == steps - 1) write (unit) ps, p, t, q, heating, moistening, rain
    end do
  end do
  call host_finish(output_unit, message)
  call stop_if(message)

contains

  subroutine start()
    real(real64) :: place(columns)

    if (host == 'cam') then
      call host_start(blocks, time_step, gravity, cp, latent, host_conventions(heating_units='J kg-1 s-1', &
        rain_units='m s-1'), 'small', HOST_TIME_UNITS, HOST_CALENDAR, message, 0 * b, b)
    else
      call host_start(blocks, time_step, gravity, cp, latent, HOST_WRF_CONVENTIONS, 'small', HOST_TIME_UNITS, HOST_CALENDAR, &
        message)  ! its levels are in the file paramnet_levels
    end if
    call stop_if(message)
    place = [(10.0_real64 * k, k=1, columns)]
    do block = 1, blocks
      call host_place(block, block - 1, blocks, place - 30 * block, place, 0 * place + 1, message)
      call stop_if(message)
    end do
  end subroutine start

  !> The host's own convection, from the top down: in SI, K s-1 and kg m-2 s-1.
  subroutine convect()
    integer :: i

    do i = 1, columns
      ps(i) = 1.0e5_real64 + 300 * sin(1.0_real64 * step + i + 10 * block)
      p(i, :) = ps(i) * (b(:levels - 1) + b(1:)) / 2
      t(i, :) = 220 + 70 * p(i, :) / ps(i) + 3 * sin(0.3_real64 * step + i)
      q(i, :) = 0.015_real64 * (p(i, :) / ps(i))**3 * (1.2_real64 + sin(0.7_real64 * step + 2 * i + block))
      moistening(i, :) = -q(i, :) / 86400
    end do
    heating = -latent / cp * moistening
    rain = -sum(moistening, 2) * 0.2_real64 * ps / gravity
  end subroutine convect

  subroutine as_cam()
    heating = cp * heating
    rain = rain / 1000
    call host_convection(block, time(), ps, p, t, q, heating, moistening, rain, message)
    call stop_if(message)
    heating = heating / cp
    rain = 1000 * rain
  end subroutine as_cam

  subroutine as_wrf()
    real(real32), target, dimension(columns, levels) :: pressure, exner, temperature, vapour, theta_tendency, drying
    real(real32), target, dimension(columns) :: surface, rate

    pressure = real(p(:, levels:1:-1), real32)
    exner = (pressure / 1.0e5_real32)**0.2857_real32
    temperature = real(t(:, levels:1:-1), real32)
    vapour = real(q(:, levels:1:-1), real32)
    theta_tendency = real(heating(:, levels:1:-1), real32) / exner
    drying = real(moistening(:, levels:1:-1), real32)
    surface = real(ps, real32)
    rate = real(rain, real32)
    call host_convection_theta(block, time(), surface, pressure, exner, temperature, vapour, theta_tendency, drying, rate, message)
    call stop_if(message)
    heating = exner(:, levels:1:-1) * theta_tendency(:, levels:1:-1)
    moistening = drying(:, levels:1:-1)
    rain = rate
  end subroutine as_wrf

  real(real64) function time()
    time = host_time('2001-03-01_00:00:00') + step * time_step / 86400
  end function time

  subroutine stop_if(text)
    character(len=*), intent(in) :: text

    if (text == '') return
    print '(2a)', 'small_host: ', text
    error stop 1
  end subroutine stop_if
end program small_host

! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The cloud-resolving model in every column of the host: one step of mode 'crm'.
!>
!> The host uses leapfrog steps: the physics sees the state at the previous step (n-1), and its rates carry that state to
!> n+1.  The model advances one step at a time.  It is forced by the host's rates so far, and relaxed, within
!> relaxation_time, by the difference between the host's state and its own mean at n-1: the effect of dynamics and time filter.
module paramnet_plasim_crm
  use, intrinsic :: iso_fortran_env, only: real32, real64
  use pumamod, only: NHOR, NLEV, NLEP, mypid, dt, dq, du, dp, dtdt, dqdt, dsigma, deltsec, ga, dcc, dql
  use rainmod, only: dprcl, dprscl, icclev, icctot, nprl, ndca, nevapprec
  use paramnet_crm_column, only: crm_block, crm_host_state, crm_result
  use paramnet_crm_constants, only: lanes
  use paramnet_crm_remap, only: refined_sigma
  use paramnet_crm_state, only: crm_options
  use paramnet_message, only: sentence
  use paramnet_plasim_grid, only: sigma_interface
  use paramnet_plasim_options, only: plasim_options
  implicit none
  private
  public :: crm_member, members, crm_start, crm_step, crm_clouds, fresh_start

  real(real64), parameter :: relaxation_time = 3600.0_real64 !< s
  real(real64), parameter :: top = 0.05_real64               !< sigma of the model's lid, about 20 km
  real(real64), parameter :: layer_height = 800.0_real64     !< m: approximate thickness of the model's layers aloft

  real(real64), parameter :: least_cover = 1.0e-3_real64    !< less counts as cloud-free in the host's radiation
  !> Liquid that is as opaque as a unit of ice. The host's radiation treats small drops only; crystals absorb and scatter
  !> less: 0.045 m2 g-1 at an effective radius of 25 um against 0.090 for drops (longwave, CAM3: NCAR/TN-464, 4.9.5).
  real(real64), parameter :: opacity_of_ice = 0.5_real64

  !> A block of `lanes` neighbouring columns, and the means it returned to the host at the last two steps.
  type :: crm_member
    type(crm_block) :: block
    type(crm_result) :: result
    real(real64), allocatable :: temperature(:, :, :), vapour(:, :, :) !< (lanes, NLEV, 2): last step, the one before
    logical :: running = .false.
  end type crm_member

  type(crm_member), allocatable :: members(:)

contains

  !> Set up the blocks; error is empty on success.
  subroutine crm_start(options, error)
    type(plasim_options), intent(in) :: options
    character(len=*), intent(inout) :: error
    type(crm_options) :: choices
    real(real64), allocatable :: sigma(:)
    character(len=80) :: expected, got
    integer :: n

    if (nprl /= 0 .or. ndca /= 0 .or. nevapprec /= 0) then
      write (got, "(2(i0,', '),i0)") nprl, ndca, nevapprec
      error = sentence("mode 'crm'", expected="nprl=0, ndca=0, nevapprec=0, as condensation, dry mixing and evaporation "// &
                       "of rain are the model's", got=trim(got), where="rainmod_namelist", remedy="use host=plasim_sp_aquaplanet")
      return
    end if
    if (modulo(NHOR, lanes) /= 0) then
      write (expected, "(a,i0)") "columns of a rank in blocks of ", lanes
      write (got, "(i0)") NHOR
      error = sentence("mode 'crm'", expected=trim(expected), got=trim(got))
      return
    end if
    choices%dt = real(options%crm_step, real32)
    sigma = refined_sigma(sigma_interface, parts(), top)
    allocate (members(NHOR/lanes))
    do n = 1, size(members)
      call members(n)%block%initialize(options%crm_points, real(options%crm_spacing, real32), sigma, sigma_interface, choices, &
                                       real(options%crm_acceleration, real32))
      allocate (members(n)%temperature(lanes, NLEV, 2), members(n)%vapour(lanes, NLEV, 2), source=0.0_real64)
    end do
  end subroutine crm_start

  !> Number of parts of each host layer, by its geometric thickness; at least two near the ground.
  function parts() result(counts)
    integer :: counts(NLEV), l
    real(real64) :: height

    do l = 1, NLEV
      height = 7500.0_real64*log(sigma_interface(l + 1)/max(sigma_interface(l), top))
      counts(l) = max(merge(2, 1, l >= NLEV - 1), nint(height/merge(350.0_real64, layer_height, l >= NLEV - 2)))
    end do
  end function parts

  !> Replace convection, large-scale condensation and dry adjustment: change the host's rates, set its rain.
  subroutine crm_step()
    integer :: n

    dprcl = 0.0_real64
    dprscl = 0.0_real64
    icclev = 0
    icctot = 0
    do n = 1, size(members)
      if (.not. members(n)%running) call fresh_start(n)
      call advance(n, (n - 1)*lanes + 1, n*lanes)
    end do
  end subroutine crm_step

  !> Start from the host's state, with noise that depends only on the column's position on the globe.
  subroutine fresh_start(n)
    integer, intent(in) :: n
    type(crm_host_state) :: host
    real(real32) :: noise(lanes, members(n)%block%grid%nx)
    integer :: first, last, b, i

    first = (n - 1)*lanes + 1
    last = n*lanes
    call take(first, last, host)
    do i = 1, size(noise, 2)
      do b = 1, lanes
        noise(b, i) = 0.2_real32*(real(scatter(mypid*NHOR + first + b - 1, i), real32) - 0.5_real32)
      end do
    end do
    call members(n)%block%start(host, noise)
    members(n)%temperature = spread(host%temperature, 3, 2)
    members(n)%vapour = spread(host%vapour, 3, 2)
    members(n)%running = .true.
  end subroutine fresh_start

  !> A pseudo-random number in [0, 1).
  pure real(real64) function scatter(column, point)
    integer, intent(in) :: column, point

    scatter = modulo(43758.5453_real64*sin(12.9898_real64*column + 78.233_real64*point), 1.0_real64)
  end function scatter

  subroutine take(first, last, host)
    integer, intent(in) :: first, last
    type(crm_host_state), intent(out) :: host

    host%surface_pressure = dp(first:last)
    host%temperature = dt(first:last, 1:NLEV)
    host%vapour = dq(first:last, 1:NLEV)
    host%wind = du(first:last, 1:NLEV)
  end subroutine take

  subroutine advance(n, first, last)
    integer, intent(in) :: n, first, last
    type(crm_host_state) :: host
    real(real64), dimension(lanes, NLEV) :: temperature, vapour
    real(real64) :: to_sigma(lanes)

    call take(first, last, host)
    associate (member => members(n), block => members(n)%block)
      call block%means(host, temperature, vapour)
      host%temperature = temperature + deltsec*(dtdt(first:last, 1:NLEV) &
                                                + (host%temperature - member%temperature(:, :, 2))/relaxation_time)
      host%vapour = max(vapour + deltsec*(dqdt(first:last, 1:NLEV) &
                                          + (host%vapour - member%vapour(:, :, 2))/relaxation_time), 0.0_real64)
      call block%advance(host, real(deltsec, real64), member%result)
      member%temperature(:, :, 2) = member%temperature(:, :, 1)
      member%vapour(:, :, 2) = member%vapour(:, :, 1)
      call block%means(host, member%temperature(:, :, 1), member%vapour(:, :, 1))
      dtdt(first:last, 1:NLEV) = dtdt(first:last, 1:NLEV) + member%result%heating
      dqdt(first:last, 1:NLEV) = dqdt(first:last, 1:NLEV) + member%result%moistening
      ! The host's rain is dq/dt times the layer's sigma: all of it is put in the lowest layer, since it has reached the ground.
      to_sigma = ga/dp(first:last)
      dprcl(first:last, NLEV) = (member%result%rain + member%result%snow)*to_sigma
      dprscl(first:last, NLEV) = member%result%snow*to_sigma
    end associate
  end subroutine advance

  !> Replace the host's diagnosed cloud cover and water with the model's, for its radiation. The radiation assumes random
  !> overlap of layers, needs the water of the cloudy part as liquid, and fails where that is negative.
  subroutine crm_clouds()
    real(real64) :: clear(lanes), water(lanes)
    integer :: n, l, first, last

    do n = 1, size(members)
      first = (n - 1)*lanes + 1
      last = n*lanes
      clear = 1.0_real64
      associate (cover => members(n)%result%cloud_cover, result => members(n)%result)
        do l = 1, NLEV
          water = result%cloud_liquid(:, l) + opacity_of_ice*result%cloud_ice(:, l)
          dcc(first:last, l) = merge(min(cover(:, l), 1.0_real64), 0.0_real64, cover(:, l) >= least_cover)
          dql(first:last, l) = merge(max(water, 0.0_real64)/max(cover(:, l), least_cover), 0.0_real64, &
                                     cover(:, l) >= least_cover)
          clear = clear*(1.0_real64 - dcc(first:last, l))
        end do
      end associate
      dcc(first:last, NLEP) = 1.0_real64 - clear
    end do
  end subroutine crm_clouds
end module paramnet_plasim_crm

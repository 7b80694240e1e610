!> The block as a host sees it: layers that share mass, budgets that close over a call, a mean state that follows the
!> host; the same with an accelerated mean state.
program crm_coupling
  use check, only: expect, finish
  use paramnet_crm_column, only: crm_block, crm_host_state, crm_result
  use paramnet_crm_constants, only: dp, gravity, lanes, sp
  use paramnet_crm_remap, only: layer_map, refined_sigma
  use paramnet_crm_state, only: crm_options
  implicit none
  integer, parameter :: levels = 10, nx = 8, nz = 25
  integer, parameter :: parts(levels) = [1, 2, 2, 3, 3, 3, 3, 3, 3, 2]
  ! PlaSim's ten layers, from the top down, and ours from the ground up to about 20 km.
  real(dp), parameter :: host_sigma(0:levels) = [0.0_dp, 0.0766_dp, 0.1616_dp, 0.2601_dp, 0.3736_dp, 0.5_dp, 0.6336_dp, &
                                                 0.7651_dp, 0.8816_dp, 0.9666_dp, 1.0_dp]
  real(dp) :: sigma(nz + 1)
  integer :: n

  call random_seed(put=[(n, n=1, 64)])
  sigma = refined_sigma(host_sigma, parts, 0.05_dp)
  call what_one_side_gains_so_does_the_other()
  call budgets_close(1.0_sp)
  call budgets_close(4.0_sp)
  call finish()

contains

  subroutine what_one_side_gains_so_does_the_other()
    type(layer_map) :: map
    real(dp) :: means(lanes, levels), values(lanes, nz), back(lanes, levels), outside(lanes, levels)

    call map%initialize(host_sigma, sigma)
    call random_number(means)
    outside = -1.0_dp
    values = map%to_model(means)
    back = map%to_host(values, outside)
    call expect(all(sigma(:nz) > sigma(2:)) .and. abs(sigma(nz + 1) - 0.05_dp) < 1.0e-12_dp, 'layers from the ground to the top')
    call expect(maxval(abs(back(:, 2:) - means(:, 2:))) < 1.0e-12_dp, 'means of covered layers come back')
    call expect(all(values >= minval(means) - 1.0e-12_dp .and. values <= maxval(means) + 1.0e-12_dp), 'no overshoot')
    call expect(abs(sum(map%shared(:, 3)) - (host_sigma(3) - host_sigma(2))) < 1.0e-12_dp, 'a covered layer is covered')
  end subroutine what_one_side_gains_so_does_the_other

  !> A host that only cools and moistens: after some hours the mean equals the host's, and the water budget closes.
  subroutine budgets_close(acceleration)
    real(sp), intent(in) :: acceleration
    real(dp), parameter :: interval = 1800.0_dp
    type(crm_block) :: block
    type(crm_host_state) :: host
    type(crm_result) :: result
    real(sp) :: noise(lanes, nx)
    real(dp) :: rained, least, worst, moistened, dried(lanes)
    integer :: n, l

    call block%initialize(nx, 4000.0_sp, sigma, host_sigma, crm_options(), acceleration)
    host = tropical_host()
    call random_number(noise)
    call block%start(host, 0.4_sp*(noise - 0.5_sp))
    rained = 0.0_dp
    worst = 0.0_dp
    least = 0.0_dp
    moistened = 0.0_dp
    do n = 1, 96
      host%temperature(:, 2:9) = host%temperature(:, 2:9) - interval*2.0_dp/86400.0_dp
      host%vapour(:, 9:10) = host%vapour(:, 9:10) + interval*2.0e-7_dp
      call block%advance(host, interval, result)
      host%temperature = host%temperature + interval*result%heating
      host%vapour = host%vapour + interval*result%moistening
      worst = max(worst, maxval(abs(block%water_open)))
      rained = rained + interval*sum(result%rain + result%snow)/lanes
      least = min(least, minval(result%rain), minval(result%snow))
      dried = 0.0_dp
      do l = 1, levels
        dried = dried - interval*result%moistening(:, l)*host%surface_pressure*(host_sigma(l) - host_sigma(l - 1))/gravity
      end do
      moistened = moistened - sum(dried)/lanes
    end do
    write (*, '(a,f4.1,5(a,es10.3))') 'acceleration ', acceleration, ': rain ', rained, ' kg m-2, vapour given back ', moistened, &
      ', open in a call ', worst, ', least vapour ', minval(host%vapour), &
      ', most heating, K a day ', 86400*maxval(abs(result%heating))
    call expect(worst < 2.0e-4_dp, 'water of a call closes')
    call expect(rained > 2.0_dp, 'it rains')
    call expect(least >= 0.0_dp, 'no rain is negative')
    call expect(minval(host%vapour) > -1.0e-6_dp, 'the host keeps its vapour above zero')
    call expect(maxval(abs(result%heating)) < 500.0_dp/86400.0_dp, 'heating of a sane size')  ! one call's, of 16 columns
    call expect(maxval(result%cloud_cover) <= 1.0_dp .and. maxval(result%cloud_cover) > 0.0_dp, 'clouds cover a part')
  end subroutine budgets_close

  function tropical_host() result(host)
    type(crm_host_state) :: host
    real(dp) :: middle, height
    integer :: l

    allocate (host%temperature(lanes, levels), host%vapour(lanes, levels), host%wind(lanes, levels))
    host%surface_pressure = 1.01e5_dp
    do l = 1, levels
      middle = 0.5_dp*(host_sigma(l - 1) + host_sigma(l))
      height = -7.6e3_dp*log(middle)
      host%temperature(:, l) = max(299.0_dp - 6.7e-3_dp*height, 200.0_dp)
      host%vapour(:, l) = 1.5e-2_dp*exp(-height/2500.0_dp)
      host%wind(:, l) = 2.0_dp
    end do
  end function tropical_host
end program crm_coupling

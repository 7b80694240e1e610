!> Remapping between the host's layers and the model's, both given by sigma = p / surface pressure; conserves
!> mass-weighted sums.
module paramnet_crm_remap
  use paramnet_crm_constants, only: dp, lanes, sp
  implicit none
  private
  public :: layer_map, refined_sigma

  real(dp), parameter :: sliver = 1.0e-9_dp   ! of sigma: a smaller overlap of layers is a rounding error of their interfaces

  type :: layer_map
    integer :: host_levels = 0, nz = 0
    ! Layer k of the model in layer l of the host: shared sigma, and offset of its middle from the host's middle.
    real(dp), allocatable :: shared(:, :), offset(:, :)   ! (nz, host_levels)
    real(dp), allocatable :: thickness(:), host_middle(:) ! of the model's layers; of the host's
  contains
    procedure :: initialize
    procedure :: to_host
    procedure :: to_model
  end type layer_map

contains

  !> Interfaces from the ground up that divide the host's layers, so that nothing is lost between the two: layer l (from
  !> the top down) has counts(l) parts, equal in ln p; the uppermost layers are cut off at sigma = top.
  pure function refined_sigma(host, counts, top) result(sigma)
    real(dp), intent(in) :: host(:), top
    integer, intent(in) :: counts(:)
    real(dp), allocatable :: sigma(:)
    integer :: l, n

    sigma = [host(size(host))]
    do l = size(counts), 1, -1
      do n = 1, counts(l)
        if (host(l + 1) <= top) cycle
        sigma = [sigma, host(l + 1)*(max(host(l), top)/host(l + 1))**(n/real(counts(l), dp))]
      end do
    end do
  end function refined_sigma

  !> host : interfaces from the top down (host_levels + 1, increasing); model : from the ground up (nz + 1, decreasing).
  subroutine initialize(self, host, model)
    class(layer_map), intent(inout) :: self
    real(dp), intent(in) :: host(:), model(:)
    real(dp) :: top, bottom
    integer :: k, l

    self%host_levels = size(host) - 1
    self%nz = size(model) - 1
    allocate (self%shared(self%nz, self%host_levels), self%offset(self%nz, self%host_levels), source=0.0_dp)
    self%thickness = model(:self%nz) - model(2:)
    self%host_middle = 0.5_dp*(host(:self%host_levels) + host(2:))
    do l = 1, self%host_levels
      do k = 1, self%nz
        top = max(host(l), model(k + 1))
        bottom = min(host(l + 1), model(k))
        if (bottom - top <= sliver) cycle
        self%shared(k, l) = bottom - top
        self%offset(k, l) = 0.5_dp*(bottom + top) - self%host_middle(l)
      end do
    end do
  end subroutine initialize

  !> Means over the host's layers (lanes, host_levels) of values in the model's (lanes, nz); `outside` (lanes,
  !> host_levels) where the model does not reach.
  pure function to_host(self, values, outside) result(means)
    class(layer_map), intent(in) :: self
    real(dp), intent(in) :: values(lanes, self%nz), outside(lanes, self%host_levels)
    real(dp) :: means(lanes, self%host_levels), covered
    integer :: k, l

    do l = 1, self%host_levels
      covered = sum(self%shared(:, l))
      means(:, l) = 0.0_dp
      do k = 1, self%nz
        means(:, l) = means(:, l) + self%shared(k, l)*values(:, k)
      end do
      if (covered > 0.0_dp) then
        means(:, l) = means(:, l)/covered
      else
        means(:, l) = outside(:, l)
      end if
    end do
  end function to_host

  !> Values in the model's layers (lanes, nz) of a quantity given as means over the host's (lanes, host_levels): linear
  !> within a layer, with slopes that do not overshoot its neighbours (van Leer 1977); conserves the means.
  pure function to_model(self, means) result(values)
    class(layer_map), intent(in) :: self
    real(dp), intent(in) :: means(lanes, self%host_levels)
    real(dp) :: values(lanes, self%nz), slope(lanes, self%host_levels), covered, centre
    integer :: k, l

    slope = 0.0_dp
    do l = 2, self%host_levels - 1
      if (any(self%shared(:, l) > 0.0_dp)) slope(:, l) = limited(means(:, l - 1), means(:, l), means(:, l + 1), l)
    end do
    values = 0.0_dp
    do l = 1, self%host_levels
      covered = sum(self%shared(:, l))
      if (.not. covered > 0.0_dp) cycle
      centre = sum(self%shared(:, l)*self%offset(:, l))/covered  ! of the part that the model covers
      do k = 1, self%nz
        values(:, k) = values(:, k) + self%shared(k, l)/self%thickness(k)*(means(:, l) + slope(:, l)*(self%offset(k, l) - centre))
      end do
    end do

  contains

    pure function limited(above, here, below, level) result(s)
      real(dp), intent(in) :: above(lanes), here(lanes), below(lanes)
      integer, intent(in) :: level
      real(dp) :: s(lanes), up(lanes), down(lanes)

      up = (here - above)/(self%host_middle(level) - self%host_middle(level - 1))
      down = (below - here)/(self%host_middle(level + 1) - self%host_middle(level))
      s = sign(min(abs(up), abs(down)), up)
      where (up*down <= 0.0_dp) s = 0.0_dp
    end function limited
  end function to_model
end module paramnet_crm_remap

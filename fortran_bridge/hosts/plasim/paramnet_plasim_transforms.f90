! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> The four sums over latitudes from grid to spectrum, added up in an order that does not depend on the number of ranks.
!>
!> As shipped, a single process pairs northern with southern rows, while several add up their own rows one by one: one
!> and two ranks differ in the last bit from the first step on. Here a single process adds up the rows of each half and
!> then the halves, as two ranks and MPI do. Enabled by the option PARAMNET_PLASIM_RANK_INDEPENDENT, with which
!> edits.yaml renames the shipped subroutines.
!> Arguments as in the host: Fourier coefficients (2, wavenumber, row[, level]), spectral (2, mode[, level]).
module paramnet_plasim_transforms
  use, intrinsic :: iso_fortran_env, only: real64
  use legmod, only: NTP1, NESP, NLON, NLPP, NLAT, NLEV, qc, qe, qm, qq, skgpsp
  implicit none
  private
  public :: to_spectrum, part

  !> One term of a sum over rows: weight (mode, row) times the real or imaginary part of a coefficient, with a sign.
  type :: part
    real(real64), pointer :: weight(:, :) => null(), field(:, :, :) => null()
    logical :: rotated = .false.   !< times i: the derivative along a circle of latitude
    real(real64) :: sign = 1.0_real64
  end type part

contains

  !> Sum of the parts over all rows of this rank.
  subroutine to_spectrum(parts, spectrum)
    type(part), intent(in) :: parts(:)
    real(real64), intent(out) :: spectrum(2, NESP/2)
    real(real64) :: other(2, NESP/2)

    if (NLPP < NLAT) then
      call add_rows(parts, 1, NLPP, spectrum)
    else
      call add_rows(parts, 1, NLAT/2, spectrum)
      call add_rows(parts, NLAT/2 + 1, NLAT, other)
      spectrum = spectrum + other
    end if
  end subroutine to_spectrum

  subroutine add_rows(parts, first, last, spectrum)
    type(part), intent(in) :: parts(:)
    integer, intent(in) :: first, last
    real(real64), intent(out) :: spectrum(2, NESP/2)
    integer :: row, m, n, w, p

    spectrum = 0.0_real64
    do row = first, last
      do p = 1, size(parts)
        w = 0
        do m = 1, NTP1
          if (parts(p)%rotated) then
            do n = m, NTP1
              w = w + 1
              spectrum(1, w) = spectrum(1, w) + parts(p)%sign*parts(p)%weight(w, row)*parts(p)%field(2, m, row)*skgpsp(n)
              spectrum(2, w) = spectrum(2, w) - parts(p)%sign*parts(p)%weight(w, row)*parts(p)%field(1, m, row)*skgpsp(n)
            end do
          else
            do n = m, NTP1
              w = w + 1
              spectrum(1, w) = spectrum(1, w) + parts(p)%sign*parts(p)%weight(w, row)*parts(p)%field(1, m, row)*skgpsp(n)
              spectrum(2, w) = spectrum(2, w) + parts(p)%sign*parts(p)%weight(w, row)*parts(p)%field(2, m, row)*skgpsp(n)
            end do
          end if
        end do
      end do
    end do
  end subroutine add_rows
end module paramnet_plasim_transforms

subroutine fc2sp(fc, sp)
  use, intrinsic :: iso_fortran_env, only: real64
  use legmod, only: NESP, NLON, NLPP, qc
  use paramnet_plasim_transforms, only: part, to_spectrum
  implicit none
  real(real64), target :: fc(2, NLON/2, NLPP)
  real(real64) :: sp(2, NESP/2)
  real(real64), target :: weight(size(qc, 1), size(qc, 2))

  weight = qc
  call to_spectrum([part(weight, fc)], sp)
end subroutine fc2sp

!> Wind to divergence and vorticity.
subroutine uv2dv(pu, pv, pd, pz)
  use, intrinsic :: iso_fortran_env, only: real64
  use legmod, only: NESP, NLON, NLPP, NLEV, qe, qm
  use paramnet_plasim_transforms, only: part, to_spectrum
  implicit none
  real(real64), target :: pu(2, NLON/2, NLPP, NLEV), pv(2, NLON/2, NLPP, NLEV)
  real(real64) :: pd(2, NESP/2, NLEV), pz(2, NESP/2, NLEV)
  real(real64), target :: by_latitude(size(qe, 1), size(qe, 2)), by_longitude(size(qm, 1), size(qm, 2))
  integer :: level

  by_latitude = qe
  by_longitude = qm
  do level = 1, NLEV
    call to_spectrum([part(by_latitude, pu(:, :, :, level)), part(by_longitude, pv(:, :, :, level), .true., -1.0_real64)], &
                     pz(:, :, level))
    call to_spectrum([part(by_latitude, pv(:, :, :, level), .false., -1.0_real64), &
                      part(by_longitude, pu(:, :, :, level), .true., -1.0_real64)], pd(:, :, level))
  end do
end subroutine uv2dv

!> Divergence of the moisture flux, and its source.
subroutine qtend(q, qn, uq, vq)
  use, intrinsic :: iso_fortran_env, only: real64
  use legmod, only: NESP, NLON, NLPP, NLEV, qc, qe, qm
  use paramnet_plasim_transforms, only: part, to_spectrum
  implicit none
  real(real64), target :: qn(2, NLON/2, NLPP, NLEV), uq(2, NLON/2, NLPP, NLEV), vq(2, NLON/2, NLPP, NLEV)
  real(real64) :: q(2, NESP/2, NLEV)
  real(real64), target, dimension(size(qc, 1), size(qc, 2)) :: plain, by_latitude, by_longitude
  integer :: level

  plain = qc
  by_latitude = qe
  by_longitude = qm
  do level = 1, NLEV
    call to_spectrum([part(by_latitude, vq(:, :, :, level)), part(plain, qn(:, :, :, level)), &
                      part(by_longitude, uq(:, :, :, level), .true.)], q(:, :, level))
  end do
end subroutine qtend

!> Tendencies of divergence, temperature and vorticity.
subroutine mktend(d, t, z, tn, fu, fv, ke, ut, vt)
  use, intrinsic :: iso_fortran_env, only: real64
  use legmod, only: NESP, NLON, NLPP, NLEV, qc, qe, qm, qq
  use paramnet_plasim_transforms, only: part, to_spectrum
  implicit none
  real(real64), target, dimension(2, NLON/2, NLPP, NLEV) :: tn, fu, fv, ke, ut, vt
  real(real64), dimension(2, NESP/2, NLEV) :: d, t, z
  real(real64), target, dimension(size(qc, 1), size(qc, 2)) :: plain, by_latitude, by_longitude, laplacian
  integer :: level

  plain = qc
  by_latitude = qe
  by_longitude = qm
  laplacian = qq
  do level = 1, NLEV
    call to_spectrum([part(laplacian, ke(:, :, :, level)), part(by_latitude, fv(:, :, :, level), .false., -1.0_real64), &
                      part(by_longitude, fu(:, :, :, level), .true., -1.0_real64)], d(:, :, level))
    call to_spectrum([part(by_latitude, vt(:, :, :, level)), part(plain, tn(:, :, :, level)), &
                      part(by_longitude, ut(:, :, :, level), .true.)], t(:, :, level))
    call to_spectrum([part(by_latitude, fu(:, :, :, level)), part(by_longitude, fv(:, :, :, level), .true., -1.0_real64)], &
                     z(:, :, level))
  end do
end subroutine mktend

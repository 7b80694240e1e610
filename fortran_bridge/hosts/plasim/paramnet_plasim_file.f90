! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> One CF-1.11 netCDF-4 file on (time, lev, lat, lon); only the root rank holds it open.
module paramnet_plasim_file
  use, intrinsic :: iso_fortran_env, only: real64
  use netcdf
  use pumamod, only: NHOR, NLON, NLAT, NLEV, sigma, mtspd, day_24hr, ga, gascon, akap, alv, als
  use paramnet_plasim_grid, only: gather, is_root, latitude, longitude, sigma_interface, calendar_name
  use paramnet_plasim_stop, only: end_run
  implicit none
  private
  public :: output_file


  type :: output_file
    private
    character(len=:), allocatable :: path
    integer :: handle = -1, dimension(4) = 0, time_variable = 0, bounds_variable = 0, records = 0
  contains
    procedure :: create
    procedure :: add_variable
    procedure :: add_axis
    procedure :: add_numbers
    procedure :: begin_record
    procedure :: write_field
    procedure :: flush_record
    procedure :: close_file
  end type output_file

contains

  !> surface_pressure : name of the variable in the CF formula terms of the levels; empty for a file without
  !> profiles, which then has no levels. time_units, calendar : of the time stamps; the host's own when absent.
  subroutine create(self, path, title, with_bounds, surface_pressure, time_units, calendar)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: path, title, surface_pressure
    logical, intent(in) :: with_bounds
    character(len=*), intent(in), optional :: time_units, calendar
    integer :: bounds_dimension
    self%path = trim(path)
    self%records = 0
    if (.not. is_root()) return
    call check(self, nf90_create(self%path, ior(nf90_netcdf4, nf90_clobber), self%handle))
    call check(self, nf90_def_dim(self%handle, "lon", NLON, self%dimension(1)))
    call check(self, nf90_def_dim(self%handle, "lat", NLAT, self%dimension(2)))
    call check(self, nf90_def_dim(self%handle, "time", nf90_unlimited, self%dimension(4)))
    call coordinate(self, "lon", self%dimension(1), "longitude", "degrees_east", longitude)
    call coordinate(self, "lat", self%dimension(2), "latitude", "degrees_north", latitude)
    if (surface_pressure /= "") call levels(self, surface_pressure)
    call check(self, nf90_def_var(self%handle, "time", nf90_double, self%dimension(4:4), self%time_variable))
    call text(self, self%time_variable, "standard_name", "time")
    call text(self, self%time_variable, "units", either(time_units, "days since 0001-01-01 00:00:00"))
    call text(self, self%time_variable, "calendar", either(calendar, calendar_name()))
    call text(self, self%time_variable, "units_metadata", "leap_seconds: none")
    if (with_bounds) then
      call text(self, self%time_variable, "bounds", "time_bounds")
      call check(self, nf90_def_dim(self%handle, "bounds", 2, bounds_dimension))
      call check(self, nf90_def_var(self%handle, "time_bounds", nf90_double, [bounds_dimension, self%dimension(4)], &
                                    self%bounds_variable))
    end if
    call text(self, nf90_global, "Conventions", "CF-1.11")
    call text(self, nf90_global, "title", title)
    call text(self, nf90_global, "source", "PlaSim T21L10 (exoplasim 3.4.2), paramnet adapter")
    call text(self, nf90_global, "history", timestamp()//" written by the coupled run")
    call constants(self)
  end subroutine create

  !> p = ptop + sigma (ps - ptop), with ptop = 0 (CF conventions, appendix D).
  subroutine levels(self, surface_pressure)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: surface_pressure
    integer :: lev
    call check(self, nf90_def_dim(self%handle, "lev", NLEV, self%dimension(3)))
    call coordinate(self, "lev", self%dimension(3), "atmosphere_sigma_coordinate", "1", real(sigma, real64), "down")
    call check(self, nf90_inq_varid(self%handle, "lev", lev))
    call text(self, lev, "formula_terms", "sigma: lev ps: "//surface_pressure//" ptop: ptop")
    call text(self, lev, "computed_standard_name", "air_pressure")
    call self%add_numbers("ptop", "", "pressure at the top of the model", "Pa", [0.0_real64])
  end subroutine levels

  subroutine constants(self)
    class(output_file), intent(inout) :: self
    ! not deltsec: the first steps of a fresh run, when this is written, are shorter
    call number(self, "time_step_seconds", [real(day_24hr, real64)/mtspd])
    call number(self, "tendency_interval_seconds", [2.0_real64*real(day_24hr, real64)/mtspd])
    call number(self, "sigma_interface", sigma_interface)
    call number(self, "gravity", [real(ga, real64)])
    call number(self, "gas_constant_of_dry_air", [real(gascon, real64)])
    call number(self, "specific_heat_of_dry_air", [real(gascon/akap, real64)])
    call number(self, "latent_heat_of_vaporization", [real(alv, real64)])
    call number(self, "latent_heat_of_sublimation", [real(als, real64)])
  end subroutine constants

  !> Define another dimension with its coordinate.
  subroutine add_axis(self, name, long_name, units, values)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name, long_name, units
    real(real64), intent(in) :: values(:)
    integer :: dimension
    if (.not. is_root()) return
    call check(self, nf90_def_dim(self%handle, name, size(values), dimension))
    call self%add_numbers(name, name, long_name, units, values)
  end subroutine add_axis

  !> Write a constant variable along the named dimension; a scalar without one.
  subroutine add_numbers(self, name, along, long_name, units, values)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name, along, long_name, units
    real(real64), intent(in) :: values(:)
    integer :: dimension, variable
    if (.not. is_root()) return
    if (along == "") then
      call check(self, nf90_def_var(self%handle, name, nf90_double, variable))
    else
      call check(self, nf90_inq_dimid(self%handle, along, dimension))
      call check(self, nf90_def_var(self%handle, name, nf90_double, [dimension], variable))
    end if
    call text(self, variable, "long_name", long_name)
    call text(self, variable, "units", units)
    if (along == "") then
      call check(self, nf90_put_var(self%handle, variable, values(1)))
    else
      call check(self, nf90_put_var(self%handle, variable, values))
    end if
  end subroutine add_numbers

  !> Define one real32 variable, compressed, (time, lev, lat, lon) when profile, (time, lat, lon) otherwise.
  subroutine add_variable(self, name, standard_name, long_name, units, profile, method)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name, standard_name, long_name, units, method
    logical, intent(in) :: profile
    integer :: variable
    if (.not. is_root()) return
    if (profile) then
      call check(self, nf90_def_var(self%handle, name, nf90_float, self%dimension, variable, &
                                    chunksizes=[NLON, NLAT, NLEV, 1], shuffle=.true., deflate_level=1))
    else
      call check(self, nf90_def_var(self%handle, name, nf90_float, self%dimension([1, 2, 4]), variable, &
                                    chunksizes=[NLON, NLAT, 1], shuffle=.true., deflate_level=1))
    end if
    if (standard_name /= "") call text(self, variable, "standard_name", standard_name)
    call text(self, variable, "long_name", long_name)
    call text(self, variable, "units", units)
    if (units == "K") call text(self, variable, "units_metadata", "temperature: on_scale")
    call text(self, variable, "cell_methods", "time: "//method)
  end subroutine add_variable

  subroutine begin_record(self, time, bounds)
    class(output_file), intent(inout) :: self
    real(real64), intent(in) :: time
    real(real64), intent(in), optional :: bounds(2)
    self%records = self%records + 1
    if (.not. is_root()) return
    call check(self, nf90_put_var(self%handle, self%time_variable, time, start=[self%records]))
    if (present(bounds)) &
      call check(self, nf90_put_var(self%handle, self%bounds_variable, bounds, start=[1, self%records], count=[2, 1]))
  end subroutine begin_record

  !> Gather a rank's columns and write them as the current record. Collective.
  subroutine write_field(self, name, field, levels)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: levels
    real(real64), intent(in) :: field(NHOR, levels)
    real(real64) :: full(NLON, NLAT, levels)
    integer :: variable
    call gather(field, levels, full)
    if (.not. is_root()) return
    call check(self, nf90_inq_varid(self%handle, name, variable))
    if (levels > 1) then
      call check(self, nf90_put_var(self%handle, variable, full, start=[1, 1, 1, self%records]))
    else
      call check(self, nf90_put_var(self%handle, variable, full(:, :, 1), start=[1, 1, self%records]))
    end if
  end subroutine write_field

  subroutine flush_record(self)
    class(output_file), intent(inout) :: self
    if (is_root()) call check(self, nf90_sync(self%handle))
  end subroutine flush_record

  subroutine close_file(self)
    class(output_file), intent(inout) :: self
    if (is_root() .and. self%handle >= 0) call check(self, nf90_close(self%handle))
    self%handle = -1
  end subroutine close_file

  subroutine coordinate(self, name, dimension, standard_name, units, values, positive)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name, standard_name, units
    character(len=*), intent(in), optional :: positive
    integer, intent(in) :: dimension
    real(real64), intent(in) :: values(:)
    integer :: variable
    call check(self, nf90_def_var(self%handle, name, nf90_double, [dimension], variable))
    call text(self, variable, "standard_name", standard_name)
    call text(self, variable, "units", units)
    if (present(positive)) call text(self, variable, "positive", positive)
    call check(self, nf90_put_var(self%handle, variable, values))
  end subroutine coordinate

  subroutine text(self, variable, name, value)
    class(output_file), intent(inout) :: self
    integer, intent(in) :: variable
    character(len=*), intent(in) :: name, value
    call check(self, nf90_put_att(self%handle, variable, name, trim(value)))
  end subroutine text

  pure function either(chosen, default) result(words)
    character(len=*), intent(in), optional :: chosen
    character(len=*), intent(in) :: default
    character(len=:), allocatable :: words
    words = default
    if (present(chosen)) words = chosen
  end function either

  subroutine number(self, name, value)
    class(output_file), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: value(:)
    call check(self, nf90_put_att(self%handle, nf90_global, name, value))
  end subroutine number

  function timestamp() result(stamp)
    character(len=20) :: stamp
    integer :: now(8)
    call date_and_time(values=now)
    write (stamp, "(i4.4,'-',i2.2,'-',i2.2,'T',i2.2,':',i2.2,':',i2.2)") now([1, 2, 3, 5, 6, 7])
  end function timestamp

  subroutine check(self, status)
    class(output_file), intent(in) :: self
    integer, intent(in) :: status
    if (status /= nf90_noerr) call end_run(self%path//": "//trim(nf90_strerror(status)), fault=.true.)
  end subroutine check

end module paramnet_plasim_file

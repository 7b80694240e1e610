! SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
!> Training data: the teacher's inputs and outputs, under the contract's names.
module paramnet_plasim_record
  use, intrinsic :: iso_fortran_env, only: real64
  use pumamod, only: NHOR, NLEV
  use paramnet_plasim_columns, only: column_inputs, column_outputs
  use paramnet_plasim_file, only: output_file
  use paramnet_plasim_grid, only: time_in_days
  implicit none
  private
  public :: record_open, record_write, record_close

  type(output_file) :: file
  logical :: opened = .false.

contains

  subroutine record_open(path)
    character(len=*), intent(in) :: path
    call file%create(path, "Inputs and outputs of PlaSim's convection scheme", with_bounds=.false., &
                     surface_pressure="surface_air_pressure")
    call define("air_temperature", "air_temperature", "temperature before convection", "K", .true.)
    call define("specific_humidity", "specific_humidity", "specific humidity before convection", "kg kg-1", .true.)
    call define("tendency_of_air_temperature_so_far", "tendency_of_air_temperature", &
                "temperature tendency by boundary layer and radiation", "K s-1", .true.)
    call define("tendency_of_specific_humidity_so_far", "tendency_of_specific_humidity", &
                "humidity tendency by boundary layer", "kg kg-1 s-1", .true.)
    call define("tendency_of_specific_humidity_due_to_advection", "tendency_of_specific_humidity_due_to_advection", &
                "adiabatic humidity tendency of this step", "kg kg-1 s-1", .true.)
    call define("surface_air_pressure", "surface_air_pressure", "surface pressure", "Pa", .false.)
    call define("surface_temperature", "surface_temperature", "surface temperature", "K", .false.)
    call define("surface_specific_humidity", "surface_specific_humidity", "specific humidity at the surface", &
                "kg kg-1", .false.)
    call define("tendency_of_air_temperature_due_to_convection", "tendency_of_air_temperature_due_to_convection", &
                "temperature tendency, after minus before convection", "K s-1", .true.)
    call define("tendency_of_specific_humidity_due_to_convection", &
                "tendency_of_specific_humidity_due_to_convection", &
                "humidity tendency, after minus before convection", "kg kg-1 s-1", .true.)
    ! the CF table has no standard name for this
    call define("convective_precipitation_production", "", &
                "vapour turned to convective rain, per mass of air", "kg kg-1 s-1", .true.)
    opened = .true.
  end subroutine record_open

  subroutine define(name, standard_name, long_name, units, profile)
    character(len=*), intent(in) :: name, standard_name, long_name, units
    logical, intent(in) :: profile
    call file%add_variable(name, standard_name, long_name, units, profile, "point")
  end subroutine define

  subroutine record_write(before, increment)
    type(column_inputs), intent(in) :: before
    type(column_outputs), intent(in) :: increment
    call file%begin_record(time_in_days())
    call file%write_field("air_temperature", before%temperature, NLEV)
    call file%write_field("specific_humidity", before%humidity, NLEV)
    call file%write_field("tendency_of_air_temperature_so_far", before%heating_so_far, NLEV)
    call file%write_field("tendency_of_specific_humidity_so_far", before%moistening_so_far, NLEV)
    call file%write_field("tendency_of_specific_humidity_due_to_advection", before%advection, NLEV)
    call file%write_field("surface_air_pressure", before%surface_pressure, 1)
    call file%write_field("surface_temperature", before%surface_temperature, 1)
    call file%write_field("surface_specific_humidity", before%surface_humidity, 1)
    call file%write_field("tendency_of_air_temperature_due_to_convection", increment%heating, NLEV)
    call file%write_field("tendency_of_specific_humidity_due_to_convection", increment%moistening, NLEV)
    call file%write_field("convective_precipitation_production", increment%rain, NLEV)
  end subroutine record_write

  subroutine record_close()
    if (opened) call file%close_file()
    opened = .false.
  end subroutine record_close

end module paramnet_plasim_record

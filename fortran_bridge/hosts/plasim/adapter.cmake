# SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-or-later
# Our part of the host's executable.
find_package(PkgConfig REQUIRED)
pkg_check_modules(netcdf_fortran REQUIRED IMPORTED_TARGET netcdf-fortran)
pkg_get_variable(netcdf_fortran_include netcdf-fortran includedir)
find_path(netcdf_fortran_modules netcdf.mod HINTS ${netcdf_fortran_include} ${netcdf_fortran_INCLUDE_DIRS}
          PATH_SUFFIXES finclude REQUIRED)

if(PARAMNET_PLASIM_WITH_BRIDGE)
  find_package(paramnet REQUIRED)
  set(scheme paramnet_plasim_scheme.f90)
  # CMake does not track an installed module file: a new bridge must recompile what uses it.
  get_target_property(bridge_includes paramnet::bridge INTERFACE_INCLUDE_DIRECTORIES)
  find_file(bridge_module paramnet.mod PATHS ${bridge_includes} NO_DEFAULT_PATH REQUIRED)
  set_source_files_properties(
    paramnet_plasim_carried.f90 paramnet_plasim_crm.f90 paramnet_plasim_daily.f90 paramnet_plasim_learned.f90 paramnet_plasim_limits.f90
    paramnet_plasim_options.f90 paramnet_plasim_physics.f90 paramnet_plasim_ramp.f90 paramnet_plasim_restart.f90
    paramnet_plasim_scheme.f90 paramnet_plasim_state.f90 PROPERTIES OBJECT_DEPENDS ${bridge_module})
else()
  set(scheme paramnet_plasim_laws_none.f90 paramnet_plasim_scheme_none.f90
             ${CMAKE_CURRENT_SOURCE_DIR}/../../library/fortran/paramnet_message.f90)
endif()

include(${CMAKE_CURRENT_SOURCE_DIR}/../../cmake/warnings.cmake)
add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/../../crm crm)

add_library(
  paramnet_plasim_adapter OBJECT
  paramnet_plasim_options.f90
  paramnet_plasim_grid.f90
  paramnet_plasim_limits.f90
  paramnet_plasim_columns.f90
  paramnet_plasim_crm.f90
  paramnet_plasim_rows.f90
  paramnet_plasim_crm_restart.f90
  paramnet_plasim_file.f90
  paramnet_plasim_record.f90
  paramnet_plasim_tendencies.f90
  paramnet_plasim_spcam.f90
  paramnet_plasim_history.f90
  paramnet_plasim_frequent.f90
  paramnet_plasim_counters.f90
  paramnet_plasim_stop.f90
  paramnet_plasim_daily.f90
  paramnet_plasim_restart.f90
  paramnet_plasim_state.f90
  paramnet_plasim_guard.f90
  ${scheme}
  paramnet_plasim_carried.f90
  paramnet_plasim_ramp.f90
  paramnet_plasim_physics.f90
  paramnet_plasim_learned.f90
  paramnet_plasim_summary.f90
  paramnet_plasim_run.f90
  paramnet_plasim_hooks.f90)
if(PARAMNET_PLASIM_RANK_INDEPENDENT)
  target_sources(paramnet_plasim_adapter PRIVATE paramnet_plasim_transforms.f90)
endif()
target_compile_options(paramnet_plasim_adapter PRIVATE -ffree-line-length-132 -Wall -Wno-unused-dummy-argument
                       # not an include directory: CMake drops /usr/include, which gfortran does not search by default
                       "SHELL:-I ${netcdf_fortran_modules}")
# The host's .mod files; it is linked once, by the executable.
add_dependencies(paramnet_plasim_adapter plasim_model)
target_link_libraries(paramnet_plasim_adapter PUBLIC PkgConfig::netcdf_fortran paramnet_crm)
if(PARAMNET_PLASIM_WITH_BRIDGE)
  target_link_libraries(paramnet_plasim_adapter PUBLIC paramnet::bridge)
endif()
target_link_libraries(plasim PRIVATE paramnet_plasim_adapter)

# `cmake --install`, included by library/: libraries, header, .mod files, Fortran sources, documents, and packages for CMake and pkg-config.
# Installed files contain no absolute path of the build or the prefix: the complete prefix may be moved.
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/paramnet)
set(pkgconfig_directory ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
# Any Fortran compiler can make its own .mod files from these and link the same libparamnet.
set(PARAMNET_SOURCEDIR ${CMAKE_INSTALL_DATADIR}/paramnet/fortran)

install(TARGETS paramnet_c paramnet_fortran EXPORT paramnetTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/paramnet.h ${CMAKE_CURRENT_BINARY_DIR}/include/paramnet_version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/mod/ DESTINATION ${CMAKE_INSTALL_MODULEDIR} FILES_MATCHING PATTERN "*.mod")
install(DIRECTORY fortran/ DESTINATION ${PARAMNET_SOURCEDIR} FILES_MATCHING PATTERN "*.f90" PATTERN "*.inc")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/paramnet FILES_MATCHING PATTERN "*.f90")
foreach(host ccpp common cam icon mpas wrf)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/hosts/${host} DESTINATION ${CMAKE_INSTALL_DATADIR}/paramnet/hosts
    FILES_MATCHING PATTERN "*.F90" PATTERN "*.f90" PATTERN "*.inc" PATTERN "*.meta" PATTERN "*.xml" PATTERN "README.md"
    PATTERN "tests" EXCLUDE)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/../LICENSE ${PROJECT_SOURCE_DIR}/LICENSE.nlohmann_json
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT paramnetTargets NAMESPACE paramnet:: DESTINATION ${package_directory})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/paramnetConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfig.cmake
  INSTALL_DESTINATION ${package_directory} PATH_VARS PARAMNET_SOURCEDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/paramnetConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfigVersion.cmake
  DESTINATION ${package_directory})

file(RELATIVE_PATH PARAMNET_PC_TO_PREFIX /prefix/${pkgconfig_directory} /prefix)
foreach(package paramnet paramnet-fortran)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${package}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${package}.pc DESTINATION ${pkgconfig_directory})
endforeach()

# The manual page is the README; without Python (any, 3.8 or later) it is left out.
find_package(Python 3.8 QUIET COMPONENTS Interpreter)
if(Python_Interpreter_FOUND)
  set(manual ${CMAKE_CURRENT_BINARY_DIR}/paramnet.3)
  add_custom_command(OUTPUT ${manual} COMMENT "Manual page paramnet(3)"
    COMMAND Python::Interpreter ${PROJECT_SOURCE_DIR}/cmake/make_man.py ${PROJECT_SOURCE_DIR}/README.md
            ${PROJECT_VERSION} ${manual}
    DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/cmake/make_man.py)
  add_custom_target(paramnet_manual ALL DEPENDS ${manual})
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
endif()

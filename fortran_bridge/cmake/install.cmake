# `cmake --install`: libraries, header, .mod files and a package for find_package(paramnet).
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/paramnet)

install(TARGETS paramnet_c paramnet_fortran EXPORT paramnetTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/paramnet.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/mod/ DESTINATION ${CMAKE_INSTALL_MODULEDIR} FILES_MATCHING PATTERN "*.mod")
install(EXPORT paramnetTargets NAMESPACE paramnet:: DESTINATION ${package_directory})

configure_package_config_file(cmake/paramnetConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfig.cmake
  INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/paramnetConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/paramnetConfigVersion.cmake
  DESTINATION ${package_directory})

# libparamnet_torch: for schemes without a program, GPUs and float64; loaded at run time from the folder of libparamnet.
set(PARAMNET_WITH_TORCH AUTO CACHE STRING "Build the libtorch plug-in: ON, OFF, or AUTO (where find_package finds Torch)")
set_property(CACHE PARAMNET_WITH_TORCH PROPERTY STRINGS AUTO ON OFF)
set(PARAMNET_HAS_TORCH FALSE)
if(PARAMNET_WITH_TORCH STREQUAL "OFF")
  return()
elseif(PARAMNET_WITH_TORCH STREQUAL "AUTO")
  find_package(Torch QUIET)
else()
  find_package(Torch REQUIRED)
endif()
if(NOT Torch_FOUND)
  message(STATUS "paramnet: no Torch found, so no libtorch plug-in; schemes without a program will not run")
  return()
endif()
set(PARAMNET_HAS_TORCH TRUE)

add_library(paramnet_torch MODULE
  src/backends/backend.cpp
  src/common/error.cpp
  src/backends/torch/aoti.cpp
  src/backends/torch/code.cpp
  src/backends/torch/device.cpp
  src/backends/torch/device_worker.cpp
  src/backends/torch/network.cpp
  src/backends/torch/pickle.cpp
  src/backends/torch/plugin.cpp
  src/backends/torch/screening.cpp
  src/backends/torch/staging.cpp
  src/backends/torch/tokens.cpp
  src/backends/torch/torchscript.cpp)
target_include_directories(paramnet_torch PRIVATE src include ${CMAKE_CURRENT_BINARY_DIR}/include)
target_include_directories(paramnet_torch SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
target_link_libraries(paramnet_torch PRIVATE torch)
target_compile_definitions(paramnet_torch PRIVATE PARAMNET_VERSION="${PROJECT_VERSION}")
target_link_options(paramnet_torch PRIVATE ${PARAMNET_NO_UNDEFINED})
paramnet_warnings(paramnet_torch)
# torch's headers take 20 s to compile; the files below need none of them.
target_precompile_headers(paramnet_torch PRIVATE <ATen/ATen.h> <torch/csrc/jit/serialization/import.h>)
set_source_files_properties(src/backends/torch/code.cpp src/backends/torch/pickle.cpp src/backends/torch/screening.cpp
  src/backends/torch/tokens.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)

# At run time libtorch is loaded from where it was found at build time.
get_filename_component(torch_library_directory "${TORCH_LIBRARY}" DIRECTORY)
set_target_properties(paramnet_torch PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} INSTALL_RPATH "${PARAMNET_ORIGIN};${torch_library_directory}")
install(TARGETS paramnet_torch LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The native kernel alone: its objects, without the library's C interface and without libtorch.
set(here ${CMAKE_CURRENT_LIST_DIR})
set(sources ${here}/../src)
add_library(native_support OBJECT
  ${sources}/artefact/json.cpp ${sources}/artefact/json_reader.cpp ${sources}/backends/backend.cpp ${sources}/common/error.cpp)
target_link_libraries(native_support PUBLIC paramnet_native)
paramnet_warnings(native_support)

foreach(program native_derivatives native_functions native_hostile native_programs)
  add_executable(${program} ${here}/${program}.cpp)
  target_link_libraries(${program} PRIVATE native_support paramnet_native)
  paramnet_warnings(${program})
  add_test(NAME ${program} COMMAND ${program})
endforeach()
target_sources(native_derivatives PRIVATE ${here}/native_allocations.cpp)
target_sources(native_programs PRIVATE ${here}/native_allocations.cpp)

# Code for a newer processor must not leak into functions that the linker shares between sources.
add_test(NAME native_symbols COMMAND ${CMAKE_COMMAND}
  -DNM=${CMAKE_NM} "-DOBJECTS=$<TARGET_OBJECTS:paramnet_native>" -P ${here}/native_symbols.cmake)

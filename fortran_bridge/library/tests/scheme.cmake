# The CPU side of a call alone, with a backend that the test controls.
add_executable(evaluator evaluator.cpp native_allocations.cpp
  ../src/artefact/manifest.cpp
  ../src/scheme/carried_rows.cpp
  ../src/scheme/comparison.cpp
  ../src/scheme/evaluator.cpp
  ../src/scheme/field.cpp
  ../src/scheme/fixer_roles.cpp
  ../src/scheme/fixers.cpp
  ../src/scheme/guard.cpp
  ../src/scheme/thread_pool.cpp
  ../src/scheme/unit_words.cpp
  ../src/scheme/units.cpp
  ../src/scheme/workspace.cpp)
target_link_libraries(evaluator PRIVATE native_support paramnet_native Threads::Threads)
paramnet_warnings(evaluator)
add_test(NAME evaluator COMMAND evaluator)

# The laws of fixers, on columns of the test's.
add_executable(fixers fixers.cpp
  ../src/artefact/manifest.cpp
  ../src/scheme/fixer_roles.cpp
  ../src/scheme/fixers.cpp
  ../src/scheme/unit_words.cpp
  ../src/scheme/units.cpp)
target_link_libraries(fixers PRIVATE native_support)
paramnet_warnings(fixers)
add_test(NAME fixers COMMAND fixers)

# The same from Fortran, with the native kernel; the counter replaces glibc's malloc, as sanitizers do.  flang allocates
# temporaries in predict.
if(PARAMNET_SANITIZE OR PARAMNET_FUZZ OR CMAKE_Fortran_COMPILER_ID STREQUAL "LLVMFlang")
  return()
endif()
add_executable(no_allocation no_allocation.f90 allocations.c)
target_link_libraries(no_allocation PRIVATE paramnet::bridge paramnet_check)
target_compile_options(no_allocation PRIVATE $<$<COMPILE_LANGUAGE:C>:-fno-builtin>)
paramnet_warnings(no_allocation)
add_test(NAME no_allocation COMMAND no_allocation ${data})
set_tests_properties(no_allocation PROPERTIES FIXTURES_REQUIRED schemes)

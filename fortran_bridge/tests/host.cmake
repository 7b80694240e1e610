# The host's side by itself, before a backend that the test controls.
add_executable(host_evaluator host_evaluator.cpp native_allocations.cpp
  ../src/artefact/manifest.cpp
  ../src/artefact/section.cpp
  ../src/host/comparison.cpp
  ../src/host/evaluator.cpp
  ../src/host/field.cpp
  ../src/host/fixers.cpp
  ../src/host/guard.cpp
  ../src/host/thread_pool.cpp
  ../src/host/workspace.cpp)
target_link_libraries(host_evaluator PRIVATE native_support Threads::Threads)
paramnet_warnings(host_evaluator)
add_test(NAME host_evaluator COMMAND host_evaluator)

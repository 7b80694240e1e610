# The library's proof tests: must also pass under sanitizers; use a scheme of the fuzz corpus, which needs no torch.
set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus)
set(small_scheme ${corpus}/seed_scheme.pt)

foreach(program concurrency soak allocation_failures memory_limit native_only plugin_refused)
  add_executable(${program} proof/${program}.cpp)
  target_link_libraries(${program} PRIVATE paramnet::c)
  paramnet_warnings(${program})
endforeach()
target_link_libraries(plugin_refused PRIVATE ${CMAKE_DL_LIBS})
foreach(kind foreign empty other_bridge other_interface)
  add_library(plugin_${kind} MODULE proof/foreign_plugin.cpp)
  target_include_directories(plugin_${kind} PRIVATE ../src ../include)
  set_target_properties(plugin_${kind} PROPERTIES CXX_VISIBILITY_PRESET default)
  paramnet_warnings(plugin_${kind})
endforeach()
target_compile_definitions(plugin_empty PRIVATE FOREIGN_EMPTY)
target_compile_definitions(plugin_other_bridge PRIVATE FOREIGN_BRIDGE="0.0.0" FOREIGN_INTERFACE=0)
target_compile_definitions(plugin_other_interface PRIVATE FOREIGN_BRIDGE="${PROJECT_VERSION}" FOREIGN_INTERFACE=1)
target_sources(soak PRIVATE proof/allocations.cpp)
target_sources(allocation_failures PRIVATE proof/allocations.cpp)
add_library(paramnet_artefact OBJECT ../src/artefact/artefact.cpp ../src/artefact/checksum.cpp ../src/artefact/file.cpp
  ../src/artefact/manifest.cpp ../src/artefact/members.cpp ../src/artefact/sha256.cpp
  ../src/artefact/zip.cpp)
target_include_directories(paramnet_artefact PUBLIC ${PROJECT_SOURCE_DIR}/library/src $<TARGET_PROPERTY:paramnet_native,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(paramnet_artefact PUBLIC nlohmann_json::nlohmann_json)
add_executable(hostile_artefact proof/hostile_artefact.cpp)
target_link_libraries(hostile_artefact PRIVATE paramnet_artefact native_support paramnet::c)

add_executable(fuzz_replay fuzz/replay.cpp fuzz/fuzz_artefact.cpp)
target_link_libraries(fuzz_replay PRIVATE paramnet_artefact native_support paramnet_native)
if(PARAMNET_FUZZ)
  target_compile_definitions(paramnet_artefact PRIVATE PARAMNET_FUZZING)
  add_executable(fuzz_artefact fuzz/fuzz_artefact.cpp)
  add_executable(fuzz_json fuzz/fuzz_json.cpp)
  foreach(target fuzz_artefact fuzz_json)
    target_link_libraries(${target} PRIVATE paramnet_artefact native_support paramnet_native -fsanitize=fuzzer)
  endforeach()
endif()
add_executable(fuzz_replay_json fuzz/replay.cpp fuzz/fuzz_json.cpp)
target_link_libraries(fuzz_replay_json PRIVATE paramnet_artefact native_support paramnet_native)
foreach(target paramnet_artefact hostile_artefact fuzz_replay fuzz_replay_json)
  paramnet_warnings(${target})
endforeach()

add_executable(turn_lock proof/turn_lock.cpp)
target_include_directories(turn_lock PRIVATE ${PROJECT_SOURCE_DIR}/library/src)
target_link_libraries(turn_lock PRIVATE Threads::Threads)
paramnet_warnings(turn_lock)
add_test(NAME turn_lock COMMAND turn_lock)
set_tests_properties(turn_lock PROPERTIES TIMEOUT 120)  # a starved writer waits for ever
add_test(NAME concurrency COMMAND concurrency ${small_scheme})
# ThreadSanitizer does not see the barriers of GCC's OpenMP runtime, but those of clang's (Archer): preset openmp.
if(PARAMNET_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  find_package(OpenMP REQUIRED COMPONENTS CXX)  # Debian: libomp-dev
  add_executable(concurrency_openmp proof/concurrency.cpp)
  target_link_libraries(concurrency_openmp PRIVATE paramnet::c OpenMP::OpenMP_CXX)
  paramnet_warnings(concurrency_openmp)
  add_test(NAME concurrency_openmp COMMAND concurrency_openmp ${small_scheme})
  # the runtime itself is not instrumented: ignore findings between its own threads
  set_tests_properties(concurrency_openmp PROPERTIES ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1")
endif()
add_test(NAME fuzz_replay COMMAND fuzz_replay ${corpus})
add_test(NAME fuzz_replay_json COMMAND fuzz_replay_json ${corpus})
if(NOT PARAMNET_FUZZ)
  add_test(NAME hostile_artefact COMMAND hostile_artefact ${small_scheme})
endif()
add_test(NAME plugin_refused COMMAND plugin_refused ${small_scheme} $<TARGET_FILE:paramnet_c> ${CMAKE_CURRENT_BINARY_DIR}/plugins
  missing= corrupt= foreign=$<TARGET_FILE:plugin_foreign> empty=$<TARGET_FILE:plugin_empty>
  other_bridge=$<TARGET_FILE:plugin_other_bridge> other_interface=$<TARGET_FILE:plugin_other_interface>)
if(NOT PARAMNET_SANITIZE)  # sanitizers use their own allocator and address space
  add_test(NAME soak COMMAND soak ${small_scheme})
  add_test(NAME allocation_failures COMMAND allocation_failures ${small_scheme})
  add_test(NAME native_only COMMAND native_only ${small_scheme} $<BOOL:${PARAMNET_HAS_TORCH}>)
  add_test(NAME memory_limit COMMAND memory_limit ${small_scheme} ${CMAKE_CURRENT_BINARY_DIR})
  if(PARAMNET_HAS_TORCH)
    add_test(NAME memory_limit_torchscript COMMAND memory_limit ${small_scheme} ${CMAKE_CURRENT_BINARY_DIR} torchscript)
  endif()
endif()

add_custom_target(proof DEPENDS
  concurrency turn_lock hostile_artefact fuzz_replay fuzz_replay_json native_functions native_programs native_hostile
  plugin_refused plugin_foreign plugin_empty plugin_other_bridge plugin_other_interface)

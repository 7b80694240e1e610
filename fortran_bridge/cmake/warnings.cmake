# Warnings for our own code; libtorch's headers are system headers and give none. They are errors in our tests
# (CMAKE_COMPILE_WARNING_AS_ERROR), never on a user's machine: they depend on the compiler's version and the processor.
function(paramnet_warnings target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow>
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wconversion>
    $<$<COMPILE_LANG_AND_ID:Fortran,GNU>:-std=f2018 -Wall -Wextra -Wimplicit-interface>
    # gfortran 11 reports arrays that loops have filled as partly uninitialized; fixed in 12.
    $<$<AND:$<COMPILE_LANG_AND_ID:Fortran,GNU>,$<VERSION_LESS:$<Fortran_COMPILER_VERSION>,12>>:-Wno-maybe-uninitialized>
    $<$<COMPILE_LANG_AND_ID:Fortran,LLVMFlang>:-std=f2018>
    $<$<AND:$<BOOL:${CMAKE_COMPILE_WARNING_AS_ERROR}>,$<COMPILE_LANG_AND_ID:Fortran,LLVMFlang>>:-Werror>)
endfunction()

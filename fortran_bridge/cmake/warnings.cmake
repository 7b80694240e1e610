# Warnings are errors in our own code; libtorch's headers are system headers and stay silent.
function(paramnet_warnings target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror>
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wconversion -Werror>
    $<$<COMPILE_LANG_AND_ID:Fortran,GNU>:-std=f2018 -Wall -Wextra -Wimplicit-interface -Werror>
    # gfortran 11 sees uninitialized parts of arrays that loops have filled; 12 knows better.
    $<$<AND:$<COMPILE_LANG_AND_ID:Fortran,GNU>,$<VERSION_LESS:$<Fortran_COMPILER_VERSION>,12>>:-Wno-maybe-uninitialized>
    $<$<COMPILE_LANG_AND_ID:Fortran,LLVMFlang>:-std=f2018 -Werror>)
endfunction()

# Warnings are errors in our own code; libtorch's headers are system headers and stay silent.
function(paramnet_warnings target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror>
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wconversion -Werror>
    $<$<COMPILE_LANG_AND_ID:Fortran,GNU>:-std=f2018 -Wall -Wextra -Wimplicit-interface -Werror>
    $<$<COMPILE_LANG_AND_ID:Fortran,LLVMFlang>:-std=f2018 -Werror>)
endfunction()

# Set PROGRAM and FOLDER: the program must succeed and write exactly one line, the failure, to standard error.
execute_process(COMMAND ${PROGRAM} ${FOLDER} RESULT_VARIABLE result ERROR_VARIABLE said)
string(REPLACE ";" "," said "${said}")  # as a list it would be split
string(REGEX MATCHALL "paramnet: [^\n]*\n" lines "${said}")
list(LENGTH lines count)
if(NOT result EQUAL 0 OR NOT count EQUAL 1 OR NOT said MATCHES "^paramnet: air_temperature: expected units 'K', got 'degC'")
  message(FATAL_ERROR "expected exit 0 and the failure once on standard error, got ${result} and:\n${said}")
endif()

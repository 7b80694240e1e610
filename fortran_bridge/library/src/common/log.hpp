// Messages to standard error, one line each, written once.
#pragma once

#include <string>

namespace paramnet {

// Writes "paramnet: <line>" on the process of rank 0, each line once in a process; never where PARAMNET_LOG is "0".
// A host that keeps loading schemes fills neither its log nor memory: each of the two stops at a number of lines, and
// says so. Messages about a scheme that loads do not count against the warnings.
void log_once(const std::string& line);
void warn_once(const std::string& line);

}  // namespace paramnet

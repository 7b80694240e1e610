// Messages to standard error, one line each, written once.
#pragma once

#include <string>

namespace paramnet {

// Writes "paramnet: <line>" on the process of rank 0, each line once in a process; never where PARAMNET_LOG is "0".
void log_once(const std::string& line);

}  // namespace paramnet

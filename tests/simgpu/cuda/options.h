#pragma once
// The environment variable SIMGPU, read once.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::simgpu {

struct Fault {
  std::string call;     ///< exported name, "*" for any
  int64_t nth = 1;      ///< 1 = the first such call
  int code = 999;       ///< what the call returns
  bool sticky = false;  ///< every later call returns it too
  bool hang = false;    ///< the call never returns
  bool late = false;    ///< the call succeeds, and the next one that waits returns `code`, and all after it
  std::string
      once;  ///< file made when it is met; where it is there already, the call succeeds. "" = each process meets it
};

struct Options {
  nlohmann::json all = nlohmann::json::object();  ///< as given
  bool lazy = false;                              ///< "mode": "lazy"
  bool reuse = false;                             ///< "memory": "reuse"
  uint64_t seed = 0;                              ///< lazy only; 0 = as late as possible
  int64_t memory_bytes = 0;                       ///< "memory_mb"
  int devices = 1;
  std::string device_name;
  int capability = 89;         ///< compute capability, 89 = 8.9
  int driver_version = 13000;  ///< what cuDriverGetVersion says
  std::string report;          ///< file; "" = none, "-" = standard error
  std::vector<Fault> faults;
};

/// Ends the process with a message on standard error when SIMGPU is not what simgpu.h and README.md say: a test that
/// believes it set an option must not pass without it.
const Options& options();

}  // namespace tessera::simgpu

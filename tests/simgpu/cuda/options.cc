#include "tests/simgpu/cuda/options.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

bool one_of(const nlohmann::json& all, const char* key, const char* first, const char* second) {
  const std::string value = all.value(key, first);
  if (value != first && value != second)
    throw std::invalid_argument(std::string(key) + ": want \"" + first + "\" or \"" + second + "\", found \"" + value +
                                "\"");
  return value == second;
}

Fault fault_of(const nlohmann::json& from) {
  Fault fault;
  fault.call = from.at("call").get<std::string>();
  fault.nth = from.value("nth", fault.nth);
  fault.code = from.value("code", fault.code);
  fault.sticky = from.value("sticky", fault.sticky);
  fault.hang = from.value("hang", fault.hang);
  fault.late = from.value("late", fault.late);
  fault.once = from.value("once", fault.once);
  if (fault.nth < 1 || fault.code < 1 || fault.code > 999)
    throw std::invalid_argument("faults: want nth from 1, code 1..999");
  return fault;
}

Options parse(const char* text) {
  Options out;
  if (text && *text) out.all = nlohmann::json::parse(text);
  if (!out.all.is_object()) throw std::invalid_argument("want one JSON object");
  out.lazy = one_of(out.all, "mode", "eager", "lazy");
  out.reuse = one_of(out.all, "memory", "fresh", "reuse");
  out.seed = out.all.value("seed", out.seed);
  out.memory_bytes = out.all.value("memory_mb", int64_t{4096}) << 20;
  out.devices = out.all.value("devices", out.devices);
  out.device_name = out.all.value("device", "Simulated GPU (CPU, no real device)");
  out.capability = out.all.value("capability", out.capability);
  out.driver_version = out.all.value("driver_version", out.driver_version);
  out.report = out.all.value("report", "");
  for (const auto& fault : out.all.value("faults", nlohmann::json::array())) out.faults.push_back(fault_of(fault));
  return out;
}

}  // namespace

const Options& options() {
  static const Options& once = *[] {
    try {
      return new Options(parse(std::getenv("SIMGPU")));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "simgpu: SIMGPU: %s\n", error.what());
      std::_Exit(2);
    }
  }();
  return once;
}

}  // namespace tessera::simgpu

using tessera::simgpu::options;

SIMGPU_EXPORT const char* simgpu_option_string(const char* key, const char* otherwise) {
  static std::mutex mutex;
  static auto& kept = *new std::map<std::string, std::string>;  // what was handed out stays valid until the end
  const auto found = options().all.find(key);
  if (found == options().all.end() || !found->is_string()) return otherwise;
  const std::lock_guard lock(mutex);
  return kept.emplace(key, found->get<std::string>()).first->second.c_str();
}

SIMGPU_EXPORT int64_t simgpu_option_int(const char* key, int64_t otherwise) {
  const auto found = options().all.find(key);
  return found != options().all.end() && found->is_number_integer() ? found->get<int64_t>() : otherwise;
}

SIMGPU_EXPORT bool simgpu_option_bool(const char* key, bool otherwise) {
  const auto found = options().all.find(key);
  return found != options().all.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

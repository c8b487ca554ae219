#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace tessera {

enum class LogLevel : uint8_t {
  kDebug,  ///< for whoever changes tessera
  kInfo,   ///< what was done
  kWarn,   ///< the output differs from what the job would give with sound input; also in job.json's `degraded`
  kError,  ///< the command will fail
  kOff,
};
enum class LogFormat : uint8_t { kText, kJson };

/// @retval kUsage an unknown word; the detail lists the known ones
Result<LogLevel> parse_log_level(std::string_view word);
Result<LogFormat> parse_log_format(std::string_view word);

/// One message's named values: {{"take", "host/0"}, {"frame", "12"}}.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// The log: standard error, one line a message. Passed in, never global. Any thread.
///
/// Values are cut at 4 KiB; control characters are escaped, so that a job can't forge lines.
class Log {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, const LogFields& fields = {}) { write(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, const LogFields& fields = {}) { write(LogLevel::kInfo, message, fields); }
  void warn(std::string_view message, const LogFields& fields = {}) { write(LogLevel::kWarn, message, fields); }
  void error(std::string_view message, const LogFields& fields = {}) { write(LogLevel::kError, message, fields); }
  void write(LogLevel level, std::string_view message, const LogFields& fields);
  LogFormat format() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera

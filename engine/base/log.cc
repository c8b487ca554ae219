#include "engine/base/log.h"

#include <cstdio>

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

namespace tessera {
namespace {

constexpr size_t kMaxValueBytes = 4096;

std::string escaped(std::string_view text, bool json) {
  std::string out;
  for (const char c : text.substr(0, kMaxValueBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (json && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", byte);
      out += code;
    } else {
      out += c;
    }
  }
  return out;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

struct Log::Impl {
  spdlog::logger logger;
  LogFormat format;
};

Log::Log(LogLevel level, LogFormat format)
    : impl_(new Impl{spdlog::logger("tessera", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>()), format}) {
  impl_->logger.set_level(to_spdlog(level));
  impl_->logger.set_pattern(
      format == LogFormat::kJson ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%^%-7l%$ %v",
      spdlog::pattern_time_type::utc);
  impl_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() = default;

LogFormat Log::format() const { return impl_->format; }

void Log::write(LogLevel level, std::string_view message, const LogFields& fields) {
  if (!impl_->logger.should_log(to_spdlog(level))) return;
  std::string line;
  if (impl_->format == LogFormat::kJson) {
    line = "\"msg\":\"" + escaped(message, true) + "\"";
    for (const auto& [key, value] : fields) {
      line += ",\"" + escaped(key, true) + "\":\"" + escaped(value, true) + "\"";
    }
  } else {
    line = escaped(message, false);
    for (const auto& [key, value] : fields) {
      line += "  " + escaped(key, false) + "=" + escaped(value, false);
    }
  }
  impl_->logger.log(to_spdlog(level), "{}", line);
}

Result<LogLevel> parse_log_level(std::string_view word) {
  if (word == "debug") return LogLevel::kDebug;
  if (word == "info") return LogLevel::kInfo;
  if (word == "warn") return LogLevel::kWarn;
  if (word == "error") return LogLevel::kError;
  if (word == "off") return LogLevel::kOff;
  return fail(Errc::kUsage, "--log-level", "\"" + std::string(word) + "\"; wanted debug, info, warn, error or off");
}

Result<LogFormat> parse_log_format(std::string_view word) {
  if (word == "text") return LogFormat::kText;
  if (word == "json") return LogFormat::kJson;
  return fail(Errc::kUsage, "--log-format", "\"" + std::string(word) + "\"; wanted text or json");
}

}  // namespace tessera

#pragma once

#include <chrono>
#include <string>

#include "engine/base/result.h"
#include "engine/pipeline/render.h"

namespace tessera::cli {

enum class ProgressKind : uint8_t { kNone, kBar, kPlain, kJson };

/// "auto" is a bar on a terminal and plain lines otherwise. @retval kUsage an unknown word
Result<ProgressKind> parse_progress(const std::string& word);

/// Tells on standard error how far a render is: a bar that is redrawn, a line now and then, or a JSON line now and
/// then. Thread-safety: one caller at a time.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(ProgressKind kind);
  void show(const pipeline::Progress& progress);
  /// Ends the bar's line. Idempotent.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(const pipeline::Progress& progress, double seconds) const;

  const ProgressKind kind_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
  bool drawn_ = false;
  bool completed_ = false;  // the last line was told
};

}  // namespace tessera::cli

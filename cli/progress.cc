#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tessera::cli {
namespace {

constexpr int kBarWidth = 28;

std::string bar(int64_t done, int64_t total) {
  const int filled = total > 0 ? static_cast<int>(done * kBarWidth / total) : 0;
  std::string text;
  for (int i = 0; i < kBarWidth; ++i) text += i < filled ? "█" : "░";
  return text;
}

std::string clock(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(s / 60), static_cast<long long>(s % 60));
  return text;
}

}  // namespace

Result<ProgressKind> parse_progress(const std::string& word) {
  if (word == "auto") return ::isatty(STDERR_FILENO) != 0 ? ProgressKind::kBar : ProgressKind::kPlain;
  if (word == "plain") return ProgressKind::kPlain;
  if (word == "json") return ProgressKind::kJson;
  if (word == "none") return ProgressKind::kNone;
  return fail(Errc::kUsage, "--progress", "\"" + word + "\"; wanted auto, plain, json or none");
}

ProgressPrinter::ProgressPrinter(ProgressKind kind) : kind_(kind) {}

std::string ProgressPrinter::line(const pipeline::Progress& p, double seconds) const {
  const auto rendered = static_cast<double>(p.frames_done - p.frames_reused);
  const double speed = seconds > 0 ? rendered / seconds : 0;
  const double left = speed > 0 ? static_cast<double>(p.frames_total - p.frames_done) / speed : 0;
  char text[256];
  if (kind_ == ProgressKind::kJson) {
    std::snprintf(text, sizeof text,
                  R"({"progress":{"frames_done":%lld,"frames_total":%lld,"frames_reused":%lld,"chunks_done":%lld,)"
                  R"("chunks_total":%lld,"frames_per_second":%.2f,"seconds_left":%.1f}})",
                  static_cast<long long>(p.frames_done), static_cast<long long>(p.frames_total),
                  static_cast<long long>(p.frames_reused), static_cast<long long>(p.chunks_done),
                  static_cast<long long>(p.chunks_total), speed, left);
    return text;
  }
  const std::string time_left = p.frames_done >= p.frames_total ? "done" : speed > 0 ? clock(left) + " left" : "";
  std::snprintf(text, sizeof text, "%lld/%lld frames  %.1f frames/s  %s", static_cast<long long>(p.frames_done),
                static_cast<long long>(p.frames_total), speed, time_left.c_str());
  if (p.frames_reused == 0) return text;
  return text + ("  (" + std::to_string(p.frames_reused) + " reused)");
}

void ProgressPrinter::show(const pipeline::Progress& progress) {
  if (kind_ == ProgressKind::kNone) return;
  const auto now = Clock::now();
  const auto interval = kind_ == ProgressKind::kBar ? std::chrono::milliseconds(100) : std::chrono::seconds(2);
  const bool complete = progress.frames_done == progress.frames_total;
  if (complete ? completed_ : now - last_ < interval) return;
  completed_ = complete;
  last_ = now;
  const std::string text = line(progress, std::chrono::duration<double>(now - start_).count());
  if (kind_ == ProgressKind::kBar) {
    std::fprintf(stderr, "\r%s %3lld %%  %s\033[K", bar(progress.frames_done, progress.frames_total).c_str(),
                 static_cast<long long>(100 * progress.frames_done / std::max<int64_t>(1, progress.frames_total)),
                 text.c_str());
    std::fflush(stderr);
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
}

void ProgressPrinter::finish() {
  if (drawn_) std::fprintf(stderr, "\n");
  drawn_ = false;
}

}  // namespace tessera::cli

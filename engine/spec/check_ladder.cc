#include <algorithm>
#include <array>

#include "engine/spec/check.h"
#include "engine/spec/kinds.h"

namespace tessera::spec {
namespace {

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

void check_size(const Rendition& r, const Canvas& canvas, const Report& place) {
  if (r.width == 0 || r.height == 0) return;
  const std::string sizes = size_text(r.width, r.height) + " on a canvas of " + size_text(canvas.width, canvas.height);
  if (r.width > canvas.width || r.height > canvas.height) {
    return place.add(sizes + "; wanted a size no larger than the canvas: renditions are never upscaled");
  }
  // |w/h : W/H - 1| > 1 %, or more than a pixel pair of rounding on small sizes.
  const int64_t cross = int64_t{r.width} * canvas.height;
  const int64_t want = int64_t{r.height} * canvas.width;
  const int64_t off = cross > want ? cross - want : want - cross;
  const bool rounding = off <= 2 * std::max<int64_t>(canvas.width, canvas.height);
  if (off * 100 > want && !rounding) place.add(sizes + "; wanted the canvas's aspect ratio within 1 %");
}

void check_rates(const Rendition& r, const Report& place) {
  if (place.at("bitrate").reported() || place.at("quality").reported() || place.at("maxrate").reported()) return;
  if (r.quality && r.bitrate_bps != 0) place.at("quality").add("given together with bitrate; wanted one of them");
  if (r.quality && r.bitrate_bps == 0 && r.maxrate_bps == 0) {
    place.at("maxrate").add("missing; wanted the cap that goes with quality");
  }
  if (!r.quality && r.bitrate_bps == 0) place.at("bitrate").add("missing; wanted bitrate or quality");
  if (r.maxrate_bps != 0 && r.maxrate_bps < r.bitrate_bps) {
    place.at("maxrate").add(std::to_string(r.maxrate_bps) + "; wanted at least the bitrate, " +
                            std::to_string(r.bitrate_bps));
  }
}

/// libx264's and libx265's names; NVENC's p1 to p7 and SVT-AV1's numbers are for those.
void check_preset(const Rendition& r, const Report& place) {
  if (r.encoder == EncoderChoice::kNvenc || r.codec == VideoCodec::kAv1 || place.at("preset").reported()) return;
  static constexpr std::array<std::string_view, 9> kNames{"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                                          "medium",    "slow",      "slower",   "veryslow"};
  if (std::find(kNames.begin(), kNames.end(), r.preset) != kNames.end()) return;
  place.at("preset").add(in_quotes(r.preset) + "; wanted ultrafast to veryslow for this codec and encoder");
}

void check_profile(const Rendition& r, const Canvas& canvas, const Report& place) {
  if (r.profile.empty() || place.at("codec").reported()) return;
  std::vector<std::string_view> known;
  switch (r.codec) {
    case VideoCodec::kH264:
      known = canvas.depth == 10 ? std::vector<std::string_view>{"high10"}
                                 : std::vector<std::string_view>{"baseline", "main", "high", "high10"};
      break;
    case VideoCodec::kHevc:
      known = canvas.depth == 10 ? std::vector<std::string_view>{"main10"}
                                 : std::vector<std::string_view>{"main", "main10"};
      break;
    case VideoCodec::kAv1:
      known = {"main"};
      break;
  }
  if (std::find(known.begin(), known.end(), r.profile) != known.end()) return;
  place.at("profile").add(in_quotes(r.profile) + "; wanted " + join_or(known) + " for this codec at " +
                          std::to_string(canvas.depth) + " bit");
}

/// Seconds for a message.
std::string seconds(Micros time) { return Time{}.write(time).dump() + " s"; }

/// False with a finding where the segment is no whole number of GOPs at this rate.
bool check_gop(const Packaging& packaging, const Rational& fps, const Report& report) {
  const int64_t frame_den = fps.den * kMicrosPerSecond;
  const int64_t gop_frames = muldiv_round(packaging.gop, fps.num, frame_den);
  if (gop_frames < 1) {
    report.at("gop").add(seconds(packaging.gop) + " is less than a frame at " + format_rate(fps) +
                         " frames per second; wanted at least one");
    return false;
  }
  const int64_t gops = muldiv_round(packaging.segment, 1, packaging.gop);
  // In units of 1 / (fps.den * 1e6) frames, where both sides are whole numbers.
  const Int128 off = static_cast<Int128>(packaging.segment - gops * packaging.gop) * fps.num;
  if (off <= frame_den && -off <= frame_den) return true;
  const Micros below = std::max<int64_t>(1, packaging.segment / packaging.gop) * packaging.gop;
  report.at("segment").add(seconds(packaging.segment) + " is no whole number of GOPs of " + seconds(packaging.gop) +
                           "; wanted for example " + seconds(below) + " or " + seconds(below + packaging.gop));
  return false;
}

}  // namespace

void check_ladder(const Programme& programme, const Report& report) {
  const Report ladder = report.at("ladder");
  const bool canvas_known = !report.at("canvas").reported();
  for (size_t i = 0; i < programme.ladder.size(); ++i) {
    const Report place = ladder.at(i);
    if (place.reported_here()) continue;
    if (canvas_known) {
      check_size(programme.ladder[i], programme.canvas, place);
      check_profile(programme.ladder[i], programme.canvas, place);
      check_preset(programme.ladder[i], place);
    }
    check_rates(programme.ladder[i], place);
  }
}

void check_packaging(const Job& job, const Report& report) {
  const Report place = report.at("packaging");
  if (place.reported()) return;
  const Packaging& packaging = job.packaging;
  if (packaging.gop > packaging.segment) {
    return place.at("gop").add(seconds(packaging.gop) + "; wanted no more than the segment, " +
                               seconds(packaging.segment));
  }
  if (!packaging.hls && !packaging.dash && !packaging.mp4) place.add("hls, dash and mp4 are all false; wanted one");
  for (const Programme& programme : job.programmes) {
    // A rate that was wrong is the default here: what it leads to is true of any job without `fps`.
    if (!check_gop(packaging, programme.canvas.fps, place)) return;
  }
}

}  // namespace tessera::spec

#include "engine/spec/ladder_presets.h"

#include <algorithm>
#include <array>

namespace tessera::spec {
namespace {

struct Rung {
  int short_side;    ///< pixels
  int bitrate_kbps;  ///< 0: the preset has no such rung
};
struct Preset {
  std::string_view name;
  VideoCodec codec;
  std::array<Rung, 6> rungs;  ///< rising
};

constexpr std::array<Preset, 4> kPresets = {{
    {"mobile-h264", VideoCodec::kH264, {{{234, 145}, {360, 365}, {432, 730}, {540, 2000}, {720, 3000}, {1080, 4500}}}},
    {"mobile-hevc", VideoCodec::kHevc, {{{234, 0}, {360, 145}, {432, 300}, {540, 900}, {720, 2400}, {1080, 4500}}}},
    {"mobile-av1", VideoCodec::kAv1, {{{234, 151}, {360, 277}, {432, 512}, {540, 750}, {720, 1000}, {1080, 2000}}}},
    {"wide-h264", VideoCodec::kH264, {{{234, 145}, {360, 365}, {432, 730}, {540, 2000}, {720, 3000}, {1080, 6000}}}},
}};
constexpr std::array<std::string_view, 4> kNames = {kPresets[0].name, kPresets[1].name, kPresets[2].name,
                                                    kPresets[3].name};

/// The even number nearest to side x short_side / canvas_short.
int scaled_side(int side, int short_side, int canvas_short) {
  const int64_t half = muldiv_round(side, short_side, int64_t{2} * canvas_short);
  return static_cast<int>(std::max<int64_t>(2, 2 * half));
}

Rendition make_rung(const Preset& preset, const Canvas& canvas, int short_side, int bitrate_kbps) {
  const int canvas_short = std::min(canvas.width, canvas.height);
  const bool fast = canvas.fps > Rational{32, 1};
  Rendition r;
  r.name = std::to_string(short_side) + "p";
  r.width = scaled_side(canvas.width, short_side, canvas_short);
  r.height = scaled_side(canvas.height, short_side, canvas_short);
  r.codec = preset.codec;
  r.bitrate_bps = int64_t{bitrate_kbps} * (fast ? 1500 : 1000);
  return r;
}

}  // namespace

std::span<const std::string_view> ladder_preset_names() { return kNames; }

std::vector<Rendition> ladder_preset(std::string_view name, const Canvas& canvas) {
  const auto preset = std::find_if(kPresets.begin(), kPresets.end(), [&](const Preset& p) { return p.name == name; });
  std::vector<Rendition> ladder;
  if (preset == kPresets.end()) return ladder;
  const int canvas_short = std::min(canvas.width, canvas.height);
  int smallest_kbps = 0;
  for (auto rung = preset->rungs.rbegin(); rung != preset->rungs.rend(); ++rung) {
    if (rung->bitrate_kbps == 0) continue;
    smallest_kbps = rung->bitrate_kbps;
    if (rung->short_side <= canvas_short)
      ladder.push_back(make_rung(*preset, canvas, rung->short_side, rung->bitrate_kbps));
  }
  if (ladder.empty()) ladder.push_back(make_rung(*preset, canvas, canvas_short, smallest_kbps));
  return ladder;
}

}  // namespace tessera::spec

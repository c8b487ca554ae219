#include "engine/media/encode_nvenc_settings.h"

#include <algorithm>
#include <array>
#include <cstdio>

// How chunks keep one rendition's rates with NVENC.
//
// NVENC can't be told what is free of the bucket when a chunk begins; every chunk begins with a full credit. So each
// gets half the bucket, b = B / 2, and a drain r such that what a chunk of T seconds may spend, b + r * T, is no more
// than R * T. Then any stretch that spans k seams spends at most b before the first whole chunk, R times the whole
// chunks, and b
// + r * t behind: at most B + R * t in all.
namespace tessera::media {
namespace {

constexpr int kLookAhead = 16;   // frames; NVIDIA advises 10 to 20
constexpr int kMostBFrames = 4;  // of any NVENC so far
constexpr int kDelay = 2;        // frames encoded beside the one that is waited for, without look-ahead
// libavcodec turns look-ahead off, or makes it shorter, where its delay is not longer than it by these frames and the
// distance of two P frames (nvenc_setup_rate_control() in libavcodec/nvenc.c).
constexpr int kDelayBeyondLookAhead = 4;
constexpr double kMostCredit = 0.3;  // of what a chunk may spend in all

struct PresetName {
  const char* x264;
  const char* nvenc;
};
constexpr std::array<PresetName, 10> kPresets{{{"ultrafast", "p1"},
                                               {"superfast", "p2"},
                                               {"veryfast", "p3"},
                                               {"faster", "p4"},
                                               {"fast", "p4"},
                                               {"medium", "p5"},
                                               {"slow", "p6"},
                                               {"slower", "p6"},
                                               {"veryslow", "p7"},
                                               {"placebo", "p7"}}};

void add_rates(const VideoEncoderSettings& s, NvencPlan& plan) {
  const bool averaged = s.quality < 0;
  const int64_t maxrate = s.maxrate_bps > 0 ? s.maxrate_bps : averaged ? s.bitrate_bps : 0;
  plan.bitrate_bps = averaged ? s.bitrate_bps : 0;
  if (maxrate <= 0) return;
  const auto rate = static_cast<double>(maxrate);
  const double bucket = s.bufsize_bits > 0 ? static_cast<double>(s.bufsize_bits) : rate;
  const double chunk_s = static_cast<double>(std::max<int64_t>(1, s.chunk_frames)) / s.fps.to_double();
  const double half = std::min(bucket / 2, kMostCredit * rate * chunk_s);
  plan.bufsize_bits = std::max<int64_t>(1, static_cast<int64_t>(half));
  plan.maxrate_bps = std::max<int64_t>(1, static_cast<int64_t>(rate - half / chunk_s));
  plan.bitrate_bps = std::min(plan.bitrate_bps, plan.maxrate_bps);
}

}  // namespace

std::vector<NvencFeatures> nvenc_feature_sets() {
  NvencFeatures features;
  std::vector<NvencFeatures> sets{features};
  for (bool NvencFeatures::*lacking : {&NvencFeatures::b_references, &NvencFeatures::temporal_aq,
                                       &NvencFeatures::b_frames, &NvencFeatures::look_ahead}) {
    features.*lacking = false;
    sets.push_back(features);
  }
  return sets;
}

std::string describe_lacking(const NvencFeatures& features) {
  std::string text;
  const auto add = [&](bool has, const char* name) {
    if (!has) text += (text.empty() ? "" : ", ") + std::string(name);
  };
  add(features.b_frames, "B-frames");
  add(features.b_references, "B-frames as references");
  add(features.look_ahead, "look-ahead");
  add(features.temporal_aq, "temporal adaptive quantisation");
  return text;
}

std::string nvenc_preset(const std::string& preset) {
  if (preset.size() == 2 && preset[0] == 'p' && preset[1] >= '1' && preset[1] <= '7') return preset;
  const auto* at =
      std::find_if(kPresets.begin(), kPresets.end(), [&](const PresetName& name) { return preset == name.x264; });
  return at == kPresets.end() ? "p4" : at->nvenc;
}

NvencPlan plan_nvenc(const VideoEncoderSettings& s, const NvencFeatures& features) {
  NvencPlan plan;
  plan.codec = s.codec + "_nvenc";
  plan.bframes = features.b_frames ? std::min(s.bframes, kMostBFrames) : 0;
  add_rates(s, plan);
  const auto set = [&](const char* name, const std::string& value) { plan.options.emplace_back(name, value); };
  set("preset", nvenc_preset(s.preset));
  set("tune", "hq");
  set("profile", s.profile);
  set("rc", "vbr");
  if (s.quality >= 0) {
    char quality[32];
    std::snprintf(quality, sizeof quality, "%.2f", std::max(1.0, s.quality));  // 0 would leave it to NVENC
    set("cq", quality);
  }
  // Key frames where we say, and nowhere else; nothing refers over them.
  set("forced-idr", "1");
  set("strict_gop", "1");
  set("delay", std::to_string(features.look_ahead ? kLookAhead + plan.bframes + 1 + kDelayBeyondLookAhead : kDelay));
  if (s.codec == "h264") set("coder", s.profile == "baseline" ? "cavlc" : "cabac");
  if (features.look_ahead) {
    set("rc-lookahead", std::to_string(kLookAhead));
    set("no-scenecut", "1");
    if (s.codec == "h264") set("b_adapt", "0");
  }
  set(s.codec == "h264" ? "spatial-aq" : "spatial_aq", "1");
  if (features.temporal_aq) set(s.codec == "h264" ? "temporal-aq" : "temporal_aq", "1");
  if (features.b_references && plan.bframes >= 2) set("b_ref_mode", "middle");
  return plan;
}

std::string to_text(const NvencPlan& plan) {
  std::string text = plan.codec;
  for (const auto& [name, value] : plan.options) text += " " + name + "=" + value;
  return text + " bf=" + std::to_string(plan.bframes) + " rates=" + std::to_string(plan.bitrate_bps) + "/" +
         std::to_string(plan.maxrate_bps) + "/" + std::to_string(plan.bufsize_bits);
}

}  // namespace tessera::media

#include <algorithm>

#include "engine/spec/check.h"

namespace tessera::spec {
namespace {

std::string default_profile(VideoCodec codec, int depth) {
  if (codec == VideoCodec::kH264) return depth == 10 ? "high10" : "high";
  return codec == VideoCodec::kHevc && depth == 10 ? "main10" : "main";
}

void fill_rendition(Rendition& r, const Canvas& canvas) {
  if (r.name.empty()) r.name = std::to_string(std::min(r.width, r.height)) + "p";
  if (r.maxrate_bps == 0) r.maxrate_bps = r.bitrate_bps + r.bitrate_bps / 2;
  if (r.bufsize_bits == 0) r.bufsize_bits = r.maxrate_bps;
  if (r.profile.empty()) r.profile = default_profile(r.codec, canvas.depth);
  if (r.profile == "baseline") r.bframes = 0;
}

}  // namespace

void fill_derived(Job& job) {
  for (Guest& guest : job.guests) {
    if (guest.name.empty()) guest.name = guest.id;
    if (guest.role.empty()) guest.role = "guest";
  }
  for (auto& [name, asset] : job.assets) {
    if (asset.kind.empty()) asset.kind = "auto";
  }
  if (job.mixes.empty()) job.mixes.emplace_back().id = "main";
  for (Mix& mix : job.mixes) {
    if (mix.lang.empty()) mix.lang = job.lang;
  }
  for (Programme& programme : job.programmes) {
    if (programme.mixes.empty()) {
      for (const Mix& mix : job.mixes) programme.mixes.push_back(mix.id);
    }
    for (Rendition& rendition : programme.ladder) fill_rendition(rendition, programme.canvas);
  }
}

}  // namespace tessera::spec

#include <algorithm>

#include "engine/media/reader_gops.h"

namespace tessera::media {

GopMap::GopMap(std::shared_ptr<const VideoIndex> video)
    : video_(std::move(video)), has_leading_(video_->gops.size(), false) {
  for (size_t i = 0; i < video_->frames.size(); ++i) {
    const auto number = static_cast<int64_t>(i);
    if (is_leading(number) && !is_misplaced(number)) has_leading_[video_->frames[i].gop] = true;
  }
}

bool GopMap::is_leading(int64_t number) const { return number < video_->gops[at(number).gop].first_frame; }

bool GopMap::is_misplaced(int64_t number) const {
  const uint32_t gop = at(number).gop;
  if (gop + 1 < video_->gops.size() && number >= video_->gops[gop + 1].first_frame) return true;
  return gop > 0 && number < video_->gops[gop - 1].first_frame;
}

uint32_t GopMap::start_of(int64_t number) const {
  const auto count = static_cast<int64_t>(video_->frames.size());
  // Whatever comes for it, the pictures behind it must be right.
  while (number + 1 < count && is_misplaced(number)) ++number;
  const uint32_t gop = at(number).gop;
  // H.264's reference lists count the leading pictures in, even for those that refer to none of them.
  const bool needs_leading = has_leading_[gop] && video_->codec == "h264";
  return (is_leading(number) || needs_leading) && gop > 0 ? gop - 1 : gop;
}

uint32_t GopMap::start_with_neighbour(int64_t number) const {
  return number > 0 ? std::min(start_of(number - 1), start_of(number)) : start_of(number);
}

}  // namespace tessera::media

#include <algorithm>

#include "engine/media/take_index.h"

namespace tessera::media {
namespace {

/// An interval that is a hole in the recording rather than a picture that stood long.
bool is_gap(const VideoIndex& video, int64_t interval) {
  const bool longer_than_frames = interval > kGapFactor * video.median_interval;
  const bool longer_than_half_second =
      static_cast<Int128>(interval) * video.tick.num * 2 > static_cast<Int128>(video.tick.den);
  return longer_than_frames && longer_than_half_second;
}

Rational in_seconds(const VideoIndex& video, int64_t ticks) {
  return Rational{ticks * video.tick.num, video.tick.den}.reduced();
}

Int128 floor_div(Int128 a, Int128 b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Rational VideoFormat::display_width() const {
  // One of the axes keeps its samples; SAR > 1 widens the coded picture, SAR < 1 heightens it.
  const bool wide = sample_aspect > Rational{1, 1};
  const Rational w = wide ? Rational{width, 1} * sample_aspect : Rational{width, 1};
  const Rational h = wide ? Rational{height, 1} : Rational{height, 1} / sample_aspect;
  return swaps_axes(orientation) ? h : w;
}

Rational VideoFormat::display_height() const {
  VideoFormat turned = *this;
  turned.orientation ^= 1;
  return turned.display_width();
}

const VideoFormat& VideoIndex::format_of(int64_t frame) const {
  const auto after = std::upper_bound(formats.begin(), formats.end(), frame,
                                      [](int64_t k, const VideoFormat& format) { return k < format.first_frame; });
  return after == formats.begin() ? *after : *(after - 1);
}

int64_t VideoIndex::frame_at(const Rational& t) const {
  constexpr Rational kMillisecond{1, 1000};
  const Rational tolerance = tick > kMillisecond ? tick : kMillisecond;
  const Int128 reach = static_cast<Int128>(t.num) * tolerance.den + static_cast<Int128>(tolerance.num) * t.den;
  const Int128 last = floor_div(reach * tick.den, static_cast<Int128>(t.den) * tolerance.den * tick.num);
  const auto after = std::upper_bound(frames.begin(), frames.end(), last,
                                      [](Int128 pts, const IndexedFrame& frame) { return pts < frame.pts; });
  return (after - frames.begin()) - 1;
}

Rational VideoIndex::start_of(int64_t frame) const { return in_seconds(*this, frames[static_cast<size_t>(frame)].pts); }

Rational VideoIndex::end_of(int64_t frame) const {
  const auto k = static_cast<size_t>(frame);
  const int64_t pts = frames[k].pts;
  if (k + 1 == frames.size()) return in_seconds(*this, pts + last_duration);
  const int64_t interval = frames[k + 1].pts - pts;
  return in_seconds(*this, pts + (is_gap(*this, interval) ? median_interval : interval));
}

}  // namespace tessera::media

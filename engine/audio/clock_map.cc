#include "engine/audio/clock_map.h"

#include <algorithm>
#include <limits>

#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

constexpr int64_t kRate = media::kMixRate;
constexpr Int128 kFarAway = int64_t{1} << 50;  ///< beyond any take; keeps differences of positions in 64 bits

Int128 floor_div(Int128 a, Int128 b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

int64_t first_sample_from(const Rational& time) { return muldiv_ceil(time.num, kRate, time.den); }

ClockMap::ClockMap(const spec::Take& take) {
  for (size_t i = 0; i + 1 < take.clock.size(); ++i) {
    const auto& [take0, show0] = take.clock[i];
    const auto& [take1, show1] = take.clock[i + 1];
    if (show1 <= show0 || take1 < take0) continue;
    segments_.push_back({show0, take0, show1 - show0, take1 - take0});
  }
  if (segments_.empty()) segments_.push_back({take.at, take.in, 1, 1});
  const bool at_speed =
      std::all_of(segments_.begin(), segments_.end(), [](const Segment& s) { return s.run == s.rise; });
  if (at_speed) offset_ = muldiv_round(segments_.front().take - segments_.front().show, kRate, kMicrosPerSecond);
}

const ClockMap::Segment& ClockMap::segment_at(int64_t show_sample) const {
  const auto after = [](Int128 time, const Segment& s) { return time < static_cast<Int128>(s.show) * kRate; };
  const auto next =
      std::upper_bound(segments_.begin(), segments_.end(), static_cast<Int128>(show_sample) * kMicrosPerSecond, after);
  return next == segments_.begin() ? segments_.front() : *(next - 1);
}

int64_t ClockMap::end_of(const Segment& segment) const {
  if (&segment == &segments_.back()) return std::numeric_limits<int64_t>::max();
  return muldiv_ceil((&segment + 1)->show, kRate, kMicrosPerSecond);
}

void ClockMap::positions(int64_t first, std::span<SamplePosition> out) const {
  for (size_t done = 0; done < out.size();) {
    const int64_t sample = first + static_cast<int64_t>(done);
    const Segment& segment = segment_at(sample);
    const size_t stop = std::min(out.size(), done + static_cast<size_t>(end_of(segment) - sample));
    // position = value / scale; from sample to sample it grows by rise * 10^6 / scale.
    const Int128 scale = static_cast<Int128>(segment.run) * kMicrosPerSecond;
    const Int128 step = static_cast<Int128>(segment.rise) * kMicrosPerSecond;
    const Int128 from_show = static_cast<Int128>(sample) * kMicrosPerSecond - static_cast<Int128>(segment.show) * kRate;
    const Int128 value = static_cast<Int128>(segment.take) * segment.run * kRate + from_show * segment.rise;
    Int128 whole = floor_div(value, scale);
    Int128 rest = value - whole * scale;
    const Int128 whole_step = step / scale;
    const Int128 rest_step = step % scale;
    const double per_scale = 1.0 / static_cast<double>(scale);
    for (; done < stop; ++done) {
      // The product may round up to 1 when rest is all but scale.
      const double fraction = std::min(static_cast<double>(rest) * per_scale, 0x1.fffffffffffffp-1);
      out[done] = {static_cast<int64_t>(std::clamp(whole, -kFarAway, kFarAway)), fraction};
      whole += whole_step;
      rest += rest_step;
      if (rest >= scale) {
        rest -= scale;
        ++whole;
      }
    }
  }
}

int64_t ClockMap::sample_at(int64_t show_sample) const {
  SamplePosition position;
  positions(show_sample, std::span(&position, 1));
  return position.sample;
}

}  // namespace tessera::audio

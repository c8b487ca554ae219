#include "engine/audio/gain.h"

#include <algorithm>
#include <cmath>

namespace tessera::audio {

double db_to_gain(double db) { return std::pow(10.0, db / 20.0); }
double gain_to_db(double gain) { return 20.0 * std::log10(gain); }

GainCurve::GainCurve(std::vector<SampleSpan> spans, double gain) : gain_(gain) {
  std::sort(spans.begin(), spans.end(), [](const SampleSpan& a, const SampleSpan& b) { return a.begin < b.begin; });
  for (const SampleSpan& span : spans) {
    if (span.end <= span.begin) continue;
    if (!spans_.empty() && span.begin <= spans_.back().end) {
      spans_.back().end = std::max(spans_.back().end, span.end);
    } else {
      spans_.push_back(span);
    }
  }
}

bool GainCurve::any(int64_t first, int64_t count) const {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), first,
                                      [](int64_t sample, const SampleSpan& span) { return sample < span.end; });
  return after != spans_.end() && after->begin < first + count;
}

void GainCurve::fill(int64_t first, std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  const int64_t stop = first + static_cast<int64_t>(out.size());
  auto span = std::upper_bound(spans_.begin(), spans_.end(), first,
                               [](int64_t sample, const SampleSpan& s) { return sample < s.end; });
  for (; span != spans_.end() && span->begin < stop; ++span) {
    const int64_t end = std::min(stop, span->end);
    for (int64_t n = std::max(first, span->begin); n < end; ++n) {
      const int64_t from_edge = std::min({n - span->begin, span->end - n, kRampSamples});
      out[static_cast<size_t>(n - first)] =
          from_edge == kRampSamples ? gain_ : gain_ * static_cast<double>(from_edge) / kRampSamples;
    }
  }
}

std::vector<SampleSpan> clip(const std::vector<SampleSpan>& spans, int64_t begin, int64_t end) {
  std::vector<SampleSpan> inside;
  for (const SampleSpan& span : spans) {
    const SampleSpan cut{std::max(span.begin, begin), std::min(span.end, end)};
    if (cut.begin < cut.end) inside.push_back(cut);
  }
  return inside;
}

}  // namespace tessera::audio

#include "engine/audio/sample_window.h"

#include <algorithm>
#include <cmath>

#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

constexpr int kChannels = media::kMixChannels;
constexpr float kLargest = 16.0F;

void sanitise(std::span<float> samples) {
  for (float& sample : samples) sample = std::isfinite(sample) ? std::clamp(sample, -kLargest, kLargest) : 0.0F;
}

}  // namespace

Result<const float*> SampleWindow::at(int64_t first, int64_t count) {
  const int64_t held = static_cast<int64_t>(samples_.size()) / kChannels;
  if (first < begin_ || first > begin_ + held) {
    samples_.clear();
  } else {
    samples_.erase(samples_.begin(), samples_.begin() + (first - begin_) * kChannels);
  }
  begin_ = first;
  TESSERA_TRY(extend(first + count));
  return samples_.data();
}

Result<void> SampleWindow::extend(int64_t end) {
  int64_t next = begin_ + static_cast<int64_t>(samples_.size()) / kChannels;
  if (next < 0) {
    const int64_t silence = std::min<int64_t>(end, 0) - next;
    samples_.resize(samples_.size() + static_cast<size_t>(silence * kChannels), 0.0F);
    next += silence;
  }
  if (next >= end) return {};
  if (!source_) {
    TESSERA_TRY_ASSIGN(source_, open_());
  }
  const size_t old_size = samples_.size();
  samples_.resize(old_size + static_cast<size_t>((end - next) * kChannels));
  const std::span<float> added = std::span(samples_).subspan(old_size);
  TESSERA_TRY(source_->read(next, added));
  sanitise(added);
  return {};
}

void SampleWindow::close() {
  source_.reset();
  samples_ = std::vector<float>();
  begin_ = 0;
}

}  // namespace tessera::audio

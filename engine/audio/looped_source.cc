#include "engine/audio/looped_source.h"

#include <algorithm>
#include <cassert>

#include "engine/media/audio_reader.h"

namespace tessera::audio {
namespace {

constexpr int64_t kKeptSamples = int64_t{10} * media::kMixRate;

}  // namespace

LoopedSource::LoopedSource(OpenSource open, int64_t begin, int64_t end)
    : open_(std::move(open)), begin_(begin), end_(end) {
  assert(0 <= begin && begin < end);
}

Result<void> LoopedSource::read(int64_t first, std::span<float> out) {
  while (!out.empty()) {
    const int64_t length = end_ - begin_;
    const int64_t round = first < end_ ? 0 : (first - begin_) / length;
    const int64_t from = first - round * length;
    const auto count = std::min(out.size(), static_cast<size_t>(end_ - from) * media::kMixChannels);
    TESSERA_TRY(read_round(round, from, out.first(count)));
    first += static_cast<int64_t>(count) / media::kMixChannels;
    out = out.subspan(count);
  }
  return {};
}

Result<void> LoopedSource::read_round(int64_t round, int64_t first, std::span<float> out) {
  if (round > 0 && end_ - begin_ <= kKeptSamples) {
    if (whole_.empty()) TESSERA_TRY(load());
    std::copy_n(whole_.begin() + (first - begin_) * media::kMixChannels, out.size(), out.begin());
    return {};
  }
  if (!source_ || round != round_) {
    TESSERA_TRY_ASSIGN(source_, open_());
    round_ = round;
  }
  return source_->read(first, out);
}

Result<void> LoopedSource::load() {
  TESSERA_TRY_ASSIGN(source_, open_());
  whole_.resize(static_cast<size_t>(end_ - begin_) * media::kMixChannels);
  TESSERA_TRY(source_->read(begin_, whole_));
  source_.reset();
  return {};
}

}  // namespace tessera::audio

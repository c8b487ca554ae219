#include "engine/media/audio_reader_resample.h"

#include <numeric>

#include "engine/media/audio_reader.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace tessera::media {
namespace {

/// Input samples on each side of a sample that the filter sees, with room to spare (libswresample's default sees 16 at
/// rates up to the output's, more when it scales down).
constexpr int kReach = 64;
constexpr int kMaxScaledReach = 16 * kReach;

int reach(int rate) { return std::min(kMaxScaledReach, kReach * std::max(1, (rate + kMixRate - 1) / kMixRate)); }

Swr make_resampler(int rate) {
  AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
  SwrContext* context = nullptr;
  swr_alloc_set_opts2(&context, &stereo, AV_SAMPLE_FMT_FLT, kMixRate, &stereo, AV_SAMPLE_FMT_FLT, rate, 0, nullptr);
  Swr resampler(context);
  if (context == nullptr) return nullptr;
  av_opt_set_int(context, "exact_rational", 1, 0);
  if (swr_init(context) < 0) return nullptr;
  return resampler;
}

}  // namespace

Result<void> SoundResampler::feed(const SoundBlock& block, const Sink& sink) {
  if (block.rate == kMixRate) {
    flush(sink);
    sink(block.first, {block.samples.begin(), block.samples.end()});
    return {};
  }
  if (!swr_ || block.rate != rate_ || block.first != next_in_) TESSERA_TRY(restart(block.first, block.rate, sink));
  convert(block.samples, sink);
  return {};
}

void SoundResampler::flush(const Sink& sink) {
  if (!swr_) return;
  const std::vector<float> silence(static_cast<size_t>(reach(rate_)) * 2, 0.0F);
  convert(silence, sink);
  swr_.reset();
}

Result<void> SoundResampler::restart(int64_t first, int rate, const Sink& sink) {
  flush(sink);
  swr_ = make_resampler(rate);
  if (!swr_) {
    return fail(Errc::kCapacity, "media.resample", "no memory to bring " + std::to_string(rate) + " Hz to 48 kHz",
                true);
  }
  rate_ = rate;
  // Input and output samples coincide every so many; a run begins at such a place, with the filter full of silence.
  const int common = std::gcd(rate, kMixRate);
  const int64_t step = rate / common;
  const int64_t begin = muldiv_floor(first - reach(rate), 1, step) * step;
  next_in_ = begin;
  next_out_ = begin / step * (kMixRate / common);
  convert(std::vector<float>(static_cast<size_t>(first - begin) * 2, 0.0F), sink);
  return {};
}

void SoundResampler::convert(std::span<const float> stereo, const Sink& sink) {
  const auto count = static_cast<int>(stereo.size() / 2);
  const int room = swr_get_out_samples(swr_.get(), count);
  std::vector<float> samples(static_cast<size_t>(std::max(room, 0)) * 2);
  auto* out = reinterpret_cast<uint8_t*>(samples.data());
  const auto* in = reinterpret_cast<const uint8_t*>(stereo.data());
  const int made = swr_convert(swr_.get(), &out, room, &in, count);
  next_in_ += count;
  if (made <= 0) return;
  samples.resize(static_cast<size_t>(made) * 2);
  const int64_t first = next_out_;
  next_out_ += made;
  sink(first, std::move(samples));
}

}  // namespace tessera::media

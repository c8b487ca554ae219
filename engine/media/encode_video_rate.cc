#include "engine/media/encode_video_rate.h"

#include <algorithm>

// How chunks that know nothing of each other keep one rendition's rates.
//
// The promise is a leaky bucket over the whole rendition: it holds B bits (bufsize), each frame takes its bits from
// what is free of it, R (maxrate) is freed per second, and it is never overdrawn. A chunk can't know how much its
// predecessors left free. So every chunk assumes that s bits are free when it starts, and sees to it that s are free
// when it ends.
//
// Inside, x264 keeps a bucket of its own: b = B - s bits, of which s are free at the start, drained at r <= R. Let x be
// what is free of it and f what is free of the rendition's, f = x = s at the start in the worst case. A frame takes the
// same from both; time adds at least as much to f as to x, as long as f < B. So f - x never falls unless f = B, and f
// >= x >= 0 throughout. When t seconds are left, x264 can still spend x + r * t bits at most, so at the end
//     f_end >= f - x + (R - r) * t                       or, after the rendition's bucket was full, f_end >= B - b = s,
// and f_end >= s follows from r <= R - (s - (f - x)) / t. The keeper follows f and x and sets r accordingly, from the
// second GOP on. On pictures that leave the limits alone x is soon held back by its smaller bucket while f goes on
// growing: then f - x >= s, and r stays R to the end. The last chunk may be shorter than its settings say: nothing
// follows it.
//
// s was measured: with less, a chunk begins worse than its predecessor ended; with more, it begins better (a pulse of
// quality at each seam) on pictures that need all the bits they may have.
//
// An average (`bitrate`) is kept by constant quality under a bucket that drains at the average, not by x264's ABR: that
// follows everything it has encoded before, which a chunk can't know. Measured, ABR differs from a continuous encode by
// up to 0.05 SSIM in the second after a seam; and it starves what comes after a hard scene. Where pictures need less
// than the average for kBestCrf, they get less: at 13 a difference from the original can hardly be seen.
namespace tessera::media {
namespace {

constexpr double kStart = 0.92;      // s / b
constexpr double kBestCrf = 13;      // quality that `bitrate` does not go beyond
constexpr double kMargin = 0.97;     // of b: x264 may miss its own model by a few per cent of a picture
constexpr double kMostCredit = 0.3;  // of what a chunk may spend in all: s of short chunks is limited to it

}  // namespace

RatePlan plan_rate(const VideoEncoderSettings& settings) {
  RatePlan plan;
  const bool averaged = settings.quality < 0;
  plan.crf = averaged ? kBestCrf : settings.quality;
  plan.maxrate = static_cast<double>(settings.maxrate_bps);
  plan.most_rate = plan.maxrate;
  if (averaged) {
    const auto average = static_cast<double>(settings.bitrate_bps);
    if (settings.maxrate_bps <= 0) plan.maxrate = average;
    plan.most_rate = std::min(plan.maxrate, average);
  }
  plan.capped = plan.maxrate > 0;
  plan.bufsize = settings.bufsize_bits > 0 ? static_cast<double>(settings.bufsize_bits) : plan.maxrate;
  plan.fps = settings.fps.to_double();
  plan.chunk_frames = std::max<int64_t>(settings.chunk_frames, 1);
  plan.step_frames = std::max<int64_t>(1, std::min(settings.gop_frames, plan.chunk_frames / 2));
  const double all = plan.maxrate * static_cast<double>(plan.chunk_frames) / plan.fps;
  plan.start = std::min(plan.bufsize * kStart / (1 + kStart), kMostCredit * all);
  plan.bucket = kMargin * (plan.bufsize - plan.start);
  plan.start = std::min(plan.start, plan.bucket);
  return plan;
}

RateKeeper::RateKeeper(const RatePlan& plan)
    : plan_(plan), drain_(plan.most_rate), own_(plan.start), renditions_(plan.start) {}

void RateKeeper::encoded(int64_t bits) {
  const auto spent = static_cast<double>(bits);
  own_ = std::min(plan_.bucket, std::max(0.0, own_ - spent) + drain_ / plan_.fps);
  renditions_ = std::min(plan_.bufsize, renditions_ - spent + plan_.maxrate / plan_.fps);
  ++frames_;
}

double RateKeeper::drain_before(int64_t number) {
  if (number == 0 || number % plan_.step_frames != 0 || frames_ >= plan_.chunk_frames) return drain_;
  const double left_s = static_cast<double>(plan_.chunk_frames - frames_) / plan_.fps;
  const double missing = std::max(0.0, plan_.start - (renditions_ - own_));
  const double floor = plan_.maxrate * (1 - 2 * kMostCredit);
  drain_ = std::min(plan_.most_rate, std::max(floor, plan_.maxrate - missing / left_s));
  return drain_;
}

}  // namespace tessera::media

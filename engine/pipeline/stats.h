#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/device/device.h"
#include "engine/media/hw.h"

namespace tessera::pipeline {

/// What a render did and what it took; job.json never holds any of it. Counters are added to from several threads.
struct Stats {
  std::atomic<int64_t> frames_composed{0};
  std::atomic<int64_t> frames_encoded{0};  ///< over all renditions
  std::atomic<int64_t> chunks_rendered{0};
  std::atomic<int64_t> chunks_reused{0};
  std::atomic<int64_t> mixes_rendered{0};
  std::atomic<int64_t> mixes_reused{0};
  std::atomic<int64_t> device_failures{0};  ///< of a child's device, after which the work went on
  std::atomic<int64_t> bytes_written{0};    ///< of objects
  std::atomic<int64_t> compose_cpu_ns{0};   ///< the composing thread: scene, compose, ladder scaling (on one thread)
  std::atomic<int64_t> encode_cpu_ns{0};    ///< encoders and boxing
  std::atomic<int64_t> audio_cpu_ns{0};
  std::atomic<int64_t> plan_wall_ns{0};  ///< opening, indexing, digests
  std::atomic<int64_t> render_wall_ns{0};
  std::atomic<int64_t> publish_wall_ns{0};
  std::shared_ptr<media::MediaCounters> media = std::make_shared<media::MediaCounters>();
};

/// CPU time of the calling thread, nanoseconds.
int64_t thread_cpu_ns();
/// Monotonic time, nanoseconds.
int64_t monotonic_ns();

/// All of it as one JSON object (two spaces of indent), with the process's CPU seconds and peak memory.
std::string to_json(const Stats& stats, const device::Counters& device);

/// Adds the time of a scope, on one clock, to a counter.
template <int64_t (*Now)()>
class AddTime {
 public:
  explicit AddTime(std::atomic<int64_t>& counter) : counter_(counter), start_(Now()) {}
  ~AddTime() { counter_ += Now() - start_; }
  AddTime(const AddTime&) = delete;
  AddTime& operator=(const AddTime&) = delete;

 private:
  std::atomic<int64_t>& counter_;
  const int64_t start_;
};

}  // namespace tessera::pipeline

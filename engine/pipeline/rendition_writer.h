#pragma once

#include <memory>
#include <thread>

#include "engine/base/channel.h"
#include "engine/ladder/ladder.h"
#include "engine/media/box.h"
#include "engine/media/encode.h"
#include "engine/origin/origin.h"
#include "engine/package/model.h"
#include "engine/pipeline/heartbeat.h"
#include "engine/pipeline/stats.h"

namespace tessera::pipeline {

/// Encodes, boxes and publishes one rendition of one chunk on a thread of its own. Frames are in host memory, or for
/// nvenc in the device's.
/// Thread-safety: push() and finish() from one thread.
class RenditionWriter {
 public:
  /// @param gives_way to the process's other threads
  static Result<std::unique_ptr<RenditionWriter>> start(const std::string& id,
                                                        const media::VideoEncoderSettings& settings,
                                                        const ladder::ChunkSpan& chunk, origin::Origin& origin,
                                                        Stats& stats, Heartbeat::Work& life,
                                                        const media::EncoderHardware& hardware, bool gives_way);
  /// Cancels what is queued.
  ~RenditionWriter();

  /// Waits until the encoder takes it. False once the writer has failed: finish() then says why.
  bool push(media::FrameRef frame);

  /// Waits until all is encoded and published; the track with this chunk's segments.
  Result<package::Track> finish();

 private:
  RenditionWriter(std::unique_ptr<media::VideoEncoder> encoder, std::unique_ptr<media::CmafBoxer> boxer,
                  const ladder::ChunkSpan& chunk, origin::Origin& origin, Stats& stats, Heartbeat::Work& life);
  Result<void> run();
  Result<void> box(std::vector<media::Packet>& packets);
  Result<void> publish_segment();

  std::unique_ptr<media::VideoEncoder> encoder_;
  std::unique_ptr<media::CmafBoxer> boxer_;
  const ladder::ChunkSpan chunk_;
  origin::Origin& origin_;
  Stats& stats_;
  Heartbeat::Work& life_;
  package::Track track_;
  int64_t frames_boxed_ = 0;  ///< in the segment that is open
  Channel<media::FrameRef> frames_;
  Result<void> outcome_;
  std::jthread thread_;
};

}  // namespace tessera::pipeline

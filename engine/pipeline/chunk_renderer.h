#pragma once

#include <functional>
#include <stop_token>

#include "engine/origin/origin.h"
#include "engine/pipeline/frame_source.h"
#include "engine/pipeline/heartbeat.h"
#include "engine/pipeline/ledger.h"
#include "engine/pipeline/plan.h"
#include "engine/pipeline/render_device.h"
#include "engine/pipeline/stats.h"

namespace tessera::pipeline {

/// What a chunk needs besides itself; all of it outlives the call and may be shared between chunks.
struct ChunkContext {
  const timeline::Timeline& timeline;
  const media::MediaLimits& limits;
  const ProgrammePlan& plan;
  ImageCache& images;
  origin::Origin& origin;
  Stats& stats;
  std::function<void(int64_t frames)> on_frames;  ///< composed since the last call, negative: undone; any thread
  std::stop_token stop;
  Heartbeat::Work& life;  ///< of the worker that renders it
};

/// A chunk as rendered: its record, and what decoding it found out about the takes.
struct RenderedChunk {
  Record record;
  std::vector<LostFrame> lost;
  Sha256 digest;               ///< with what was found out taken into account
  std::string hardware_fault;  ///< why it was rendered twice, the second time with software decoders; else empty
};

/// Renders one chunk: composes on the calling thread, encodes each rendition on a thread of its own, publishes the
/// segments as they are finished. A chunk in which a hardware decoder met what looks like damage is rendered again with
/// software decoders, whose verdict counts. Nothing names them until the record is committed, which is the caller's to
/// do.
/// @retval kDrained `stop` was requested; kDevice, kUnreachable, ... as they come
Result<RenderedChunk> render_chunk(const ChunkContext& context, const ladder::ChunkSpan& chunk, RenderDevice& device);

}  // namespace tessera::pipeline

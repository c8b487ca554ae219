#include "engine/pipeline/chunk_renderer.h"

#include <algorithm>
#include <numeric>

#include "engine/pipeline/frame_queue.h"
#include "engine/pipeline/rendition_writer.h"

namespace tessera::pipeline {
namespace {

using Writers = std::vector<std::unique_ptr<RenditionWriter>>;

/// The rendition that takes longest: the most pixels.
size_t largest(const std::vector<media::VideoEncoderSettings>& ladder) {
  const auto pixels = [](const media::VideoEncoderSettings& s) { return int64_t{s.width} * s.height; };
  return static_cast<size_t>(std::ranges::max_element(ladder, {}, pixels) - ladder.begin());
}

/// All but the largest give way: whatever is left when that one is done can be shared among the cores, while it, on a
/// thread of its own, would be waited for.
Result<Writers> start_writers(const ChunkContext& context, const ladder::ChunkSpan& chunk,
                              const media::EncoderHardware& hardware) {
  TESSERA_TRY_ASSIGN(const auto settings, encoder_settings(context.plan, chunk.frames));
  const size_t unhindered = largest(settings);
  Writers writers;
  for (size_t r = 0; r < settings.size(); ++r) {
    const std::string& id = context.plan.programme->ladder[r].name;
    TESSERA_TRY_ASSIGN(auto writer, RenditionWriter::start(id, settings[r], chunk, context.origin, context.stats,
                                                           context.life, hardware, r != unhindered));
    writers.push_back(std::move(writer));
  }
  return writers;
}

Result<void> compose_all(const ChunkContext& context, const ladder::ChunkSpan& chunk, FrameQueue& frames,
                         Writers& writers) {
  for (int64_t n = chunk.first_frame; n < chunk.first_frame + chunk.frames; ++n) {
    if (context.stop.stop_requested()) return fail(Errc::kDrained, "render", "stopped on request");
    compose::ComposedFrame composed;
    {
      const AddTime<thread_cpu_ns> time(context.stats.compose_cpu_ns);
      TESSERA_TRY_ASSIGN(composed, frames.next());
    }
    context.stats.frames_composed += 1;
    for (size_t r = 0; r < writers.size(); ++r) {
      if (writers[r]->push(std::move(composed.renditions[r]))) continue;
      TESSERA_TRY(writers[r]->finish());
      return fail(Errc::kInternal, "pipeline.encode", "a rendition's writer stopped without a reason");
    }
    context.life.beat();
    if (context.on_frames) context.on_frames(1);
  }
  return {};
}

/// The sizes of the ladder, with what stays on the device for an encoder there.
std::vector<compose::RenditionSize> sizes_of(const ProgrammePlan& plan) {
  auto sizes = rendition_sizes(*plan.programme);
  for (size_t r = 0; r < sizes.size(); ++r) sizes[r].stays = plan.encoders[r].kind == "nvenc";
  return sizes;
}

/// @param fault set to why the chunk has to be rendered again with software decoders, where it has to
Result<RenderedChunk> render_once(const ChunkContext& context, const ladder::ChunkSpan& chunk, RenderDevice& device,
                                  bool hardware_decode, std::string& fault) {
  const auto make_source = [&](device::Device& on) {
    if (device.hardware() != device.decoders()) ++context.stats.media->fall_backs;
    const auto alive = [&] { context.life.beat(); };
    const SourceOptions options{{hardware_decode ? device.decoders() : nullptr, context.stats.media, alive}, true};
    return FrameSource::create(context.timeline, context.limits, *context.plan.programme, sizes_of(context.plan),
                               context.plan.scaler, on, context.images, options);
  };
  std::vector<int64_t> numbers(static_cast<size_t>(chunk.frames));
  std::iota(numbers.begin(), numbers.end(), chunk.first_frame);
  TESSERA_TRY_ASSIGN(const auto frames, FrameQueue::create(make_source, device, std::move(numbers)));
  TESSERA_TRY_ASSIGN(Writers writers, start_writers(context, chunk, {device.hardware(), context.stats.media}));
  TESSERA_TRY(compose_all(context, chunk, *frames, writers));

  RenderedChunk rendered;
  rendered.record.kind = "chunk";
  rendered.record.owner = context.plan.programme->id;
  rendered.record.index = chunk.index;
  for (const auto& writer : writers) {
    TESSERA_TRY_ASSIGN(auto track, writer->finish());
    rendered.record.tracks.push_back(std::move(track));
  }
  // Encoders on the device are not told of a plan that failed behind them.
  TESSERA_TRY(device.get().finish());
  const FrameSource* source = &frames->source();
  fault = source->hardware_fault();
  rendered.lost = source->lost();
  rendered.record.degraded = damaged_spans(source->timeline(), context.plan, chunk);
  TESSERA_TRY_ASSIGN(rendered.digest, chunk_digest(source->timeline(), context.plan, chunk, context.images));
  return rendered;
}

}  // namespace

Result<RenderedChunk> render_chunk(const ChunkContext& context, const ladder::ChunkSpan& chunk, RenderDevice& device) {
  std::string fault;
  TESSERA_TRY_ASSIGN(RenderedChunk rendered, render_once(context, chunk, device, true, fault));
  if (fault.empty()) return rendered;
  if (context.on_frames) context.on_frames(-chunk.frames);
  std::string none;
  TESSERA_TRY_ASSIGN(rendered, render_once(context, chunk, device, false, none));
  rendered.hardware_fault = fault;
  return rendered;
}

}  // namespace tessera::pipeline

#include "engine/pipeline/rendition_writer.h"

#include "engine/base/priority.h"
#include "engine/pipeline/ledger.h"

namespace tessera::pipeline {
namespace {

/// A frame is handed over when the encoder is done with the one before, by when the next is composed. Any that wait
/// cost a frame of memory a rendition.
constexpr size_t kFramesWaiting = 0;

}  // namespace

RenditionWriter::RenditionWriter(std::unique_ptr<media::VideoEncoder> encoder, std::unique_ptr<media::CmafBoxer> boxer,
                                 const ladder::ChunkSpan& chunk, origin::Origin& origin, Stats& stats,
                                 Heartbeat::Work& life)
    : encoder_(std::move(encoder)),
      boxer_(std::move(boxer)),
      chunk_(chunk),
      origin_(origin),
      stats_(stats),
      life_(life),
      frames_(kFramesWaiting) {}

Result<std::unique_ptr<RenditionWriter>> RenditionWriter::start(const std::string& id,
                                                                const media::VideoEncoderSettings& settings,
                                                                const ladder::ChunkSpan& chunk, origin::Origin& origin,
                                                                Stats& stats, Heartbeat::Work& life,
                                                                const media::EncoderHardware& hardware,
                                                                bool gives_way) {
  TESSERA_TRY_ASSIGN(auto encoder, media::VideoEncoder::create(settings, hardware));
  TESSERA_TRY_ASSIGN(auto boxer, media::CmafBoxer::create(encoder->info(), chunk.first_segment));
  auto writer = std::unique_ptr<RenditionWriter>(
      new RenditionWriter(std::move(encoder), std::move(boxer), chunk, origin, stats, life));
  const media::StreamInfo& info = writer->encoder_->info();
  package::Track& track = writer->track_;
  track.id = id;
  track.codecs = info.codecs;
  track.timescale = info.tick.den;
  track.first_tick = media::kTimelineOriginSeconds * track.timescale;
  track.width = settings.width;
  track.height = settings.height;
  track.fps = settings.fps;
  track.init_bytes = static_cast<int64_t>(writer->boxer_->init().size());
  TESSERA_TRY_ASSIGN(track.init, put_object(origin, writer->boxer_->init(), ".mp4"));
  writer->thread_ = std::jthread([w = writer.get(), gives_way] {
    if (gives_way) give_way();
    w->outcome_ = w->run();
    if (!w->outcome_) w->frames_.cancel();
  });
  return writer;
}

RenditionWriter::~RenditionWriter() { frames_.cancel(); }

bool RenditionWriter::push(media::FrameRef frame) { return frames_.push(std::move(frame)); }

Result<package::Track> RenditionWriter::finish() {
  frames_.close();
  if (thread_.joinable()) thread_.join();
  TESSERA_TRY(outcome_);
  if (static_cast<size_t>(chunk_.segment_frames.size()) != track_.segments.size()) {
    return fail(Errc::kInternal, "pipeline.encode", "the encoder gave fewer frames than it was given");
  }
  return track_;
}

Result<void> RenditionWriter::run() {
  const AddTime<thread_cpu_ns> time(stats_.encode_cpu_ns);
  std::vector<media::Packet> packets;
  while (auto frame = frames_.pop()) {
    TESSERA_TRY(encoder_->encode(*frame, packets));
    frame->reset();
    stats_.frames_encoded += 1;
    life_.beat();
    TESSERA_TRY(box(packets));
  }
  TESSERA_TRY(encoder_->finish(packets, [this] { life_.beat(); }));
  return box(packets);
}

Result<void> RenditionWriter::box(std::vector<media::Packet>& packets) {
  const Rational fps = track_.fps;
  const int64_t first_tick = muldiv_floor(chunk_.first_frame * fps.den, track_.timescale, fps.num);
  for (media::Packet& packet : packets) {
    packet.pts += first_tick;
    packet.dts += first_tick;
    TESSERA_TRY(boxer_->add(packet));
    frames_boxed_ += 1;
    // Closed GOPs: the packets of a segment, in decode order, are exactly its frames.
    if (frames_boxed_ == chunk_.segment_frames[track_.segments.size()]) TESSERA_TRY(publish_segment());
  }
  packets.clear();
  return {};
}

Result<void> RenditionWriter::publish_segment() {
  TESSERA_TRY_ASSIGN(const std::vector<uint8_t> bytes, boxer_->cut());
  package::Segment segment;
  segment.bytes = static_cast<int64_t>(bytes.size());
  const Heartbeat::Pause pause(life_);
  segment.duration = muldiv_floor(frames_boxed_ * track_.fps.den, track_.timescale, track_.fps.num);
  TESSERA_TRY_ASSIGN(segment.name, put_object(origin_, bytes, ".m4s"));
  stats_.bytes_written += segment.bytes;
  track_.segments.push_back(segment);
  frames_boxed_ = 0;
  return {};
}

}  // namespace tessera::pipeline

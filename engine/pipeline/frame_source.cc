#include "engine/pipeline/frame_source.h"

#include <algorithm>
#include <map>

#include "engine/scene/scene.h"

namespace tessera::pipeline {
namespace {

/// A decoder not used for so long is closed: a guest who left should not hold memory.
constexpr int64_t kIdleSeconds = 1;

struct OpenReader {
  std::unique_ptr<media::TakeReader> reader;
  int64_t last_used = 0;     ///< show frame
  int64_t good_number = -1;  ///< the last sound picture it gave, kept because a damaged one falls back to it
  media::FrameRef good;
};

}  // namespace

PrivateTimeline::PrivateTimeline(const timeline::Timeline& shared) {
  std::vector<timeline::PlacedTake> takes;
  for (const timeline::PlacedTake& take : shared.takes()) {
    std::shared_ptr<media::TakeIndex> copy;
    if (!take.lost()) {
      copy = std::make_shared<media::TakeIndex>(*take.index());
      if (copy->video) copy->video = std::make_shared<media::VideoIndex>(*copy->video);
    }
    indexes_.push_back(copy);
    takes.emplace_back(take.guest(), take.number(), take.take(), copy);
  }
  timeline_ = std::make_unique<timeline::Timeline>(shared.show(), std::move(takes), shared.gift_lengths());
}

void PrivateTimeline::mark_lost(int take, int64_t frame) {
  indexes_[static_cast<size_t>(take)]->video->frames[static_cast<size_t>(frame)].lost = true;
}

struct FrameSource::Impl {
  device::Device& device;
  const media::MediaLimits limits;
  const spec::Programme& programme;
  ImageCache& images;
  PrivateTimeline timeline;
  std::unique_ptr<compose::Compositor> compositor;
  std::map<int, OpenReader> readers;
  std::vector<LostFrame> lost;
  gift::Player animations;
  const SourceOptions options;
  const std::vector<compose::RenditionSize> renditions;
  std::string hardware_fault;

  scene::DrawList draw_list(int64_t n) const {
    const Rational fps = programme.canvas.fps;
    const Rational t{n * fps.den, fps.num};
    return scene::draw_list(timeline.get(), timeline.get().at(programme, t), programme,
                            [this](const std::string& path) { return images.size(path); });
  }

  Result<OpenReader*> reader_for(int take, int64_t n) {
    OpenReader& open = readers[take];
    open.last_used = n;
    if (open.reader == nullptr) {
      const auto& index = timeline.get().takes()[static_cast<size_t>(take)].index();
      TESSERA_TRY_ASSIGN(open.reader, media::TakeReader::open(index, limits, 1, options.decode));
    }
    return &open;
  }

  void mark_lost(int take, int64_t frame, const std::string& reason) {
    timeline.mark_lost(take, frame);
    lost.push_back({take, frame, reason});
  }

  /// Reads picture `frame` of a take; null where it is damaged, which is then marked in the index.
  Result<media::FrameRef> read(OpenReader& open, int take, int64_t frame) {
    if (frame == open.good_number) return open.good;
    TESSERA_TRY_ASSIGN(const media::TakePicture picture, open.reader->frame(frame));
    if (options.decode.device && hardware_fault.empty()) hardware_fault = open.reader->hardware_fault();
    if (picture.lost) {
      mark_lost(take, frame, picture.reason);
      return media::FrameRef();
    }
    open.good_number = frame;
    open.good = picture.frame;
    return picture.frame;
  }

  /// `frame` was found damaged and what came before it is not at hand: decodes its GOP once from the key frame, so that
  /// the scene's walk back to the last sound picture does not seek for every step.
  Result<void> survey_gop(OpenReader& open, int take, int64_t frame) {
    const media::VideoIndex& video = *timeline.get().takes()[static_cast<size_t>(take)].index()->video;
    const int64_t first = video.gops[video.frames[static_cast<size_t>(frame)].gop].first_frame;
    for (int64_t k = first; k < frame; ++k) {
      if (!video.frames[static_cast<size_t>(k)].lost) TESSERA_TRY(read(open, take, k));
    }
    return {};
  }

  int64_t idle_frames() const {
    const Rational fps = programme.canvas.fps;
    return std::max<int64_t>(1, muldiv_floor(kIdleSeconds, fps.num, fps.den));
  }

  /// Closes the decoders that `list` does not need: those of takes that are over at once, before the next take's is
  /// opened, others when they were idle for a while.
  void close_idle_readers(const scene::DrawList& list, int64_t n) {
    const Rational fps = programme.canvas.fps;
    const int64_t idle = idle_frames();
    const auto& takes = timeline.get().takes();
    std::erase_if(readers, [&](const auto& entry) {
      const auto& [take, open] = entry;
      for (const scene::Layer& layer : list.layers) {
        if (layer.source.kind == scene::Source::Kind::kTake && layer.source.take == take) return false;
      }
      return n - open.last_used > idle || !takes[static_cast<size_t>(take)].runs_at({n * fps.den, fps.num});
    });
  }

  /// The pictures of a draw list; empty where one turned out damaged and was marked, so the scene must be made again.
  Result<std::optional<std::vector<media::FrameRef>>> pictures(const scene::DrawList& list, int64_t n) {
    std::vector<media::FrameRef> frames;
    for (const scene::Layer& layer : list.layers) {
      media::FrameRef frame;
      if (layer.source.kind == scene::Source::Kind::kImage) {
        frame = images.get(layer.source.image);
      } else if (layer.source.kind == scene::Source::Kind::kAnimation) {
        const scene::Source& source = layer.source;
        TESSERA_TRY_ASSIGN(frame, animations.frame(images.animation(source.image), source.showing, source.frame, n));
      } else if (layer.source.kind == scene::Source::Kind::kTake) {
        const int take = layer.source.take;
        TESSERA_TRY_ASSIGN(OpenReader * open, reader_for(take, n));
        const int64_t before = open->good_number;
        TESSERA_TRY_ASSIGN(frame, read(*open, take, layer.source.frame));
        if (frame == nullptr) {
          if (before != layer.source.frame - 1) TESSERA_TRY(survey_gop(*open, take, layer.source.frame));
          return std::optional<std::vector<media::FrameRef>>();
        }
      }
      frames.push_back(std::move(frame));
    }
    return std::optional(std::move(frames));
  }
};

FrameSource::FrameSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FrameSource::~FrameSource() = default;

Result<std::unique_ptr<FrameSource>> FrameSource::create(const timeline::Timeline& timeline,
                                                         const media::MediaLimits& limits,
                                                         const spec::Programme& programme,
                                                         std::vector<compose::RenditionSize> renditions,
                                                         kernels::Filter scaler, device::Device& device,
                                                         ImageCache& images, SourceOptions options) {
  const spec::Canvas& canvas = programme.canvas;
  compose::ComposeSettings settings{media::canvas_format(canvas.width, canvas.height, canvas.depth),
                                    std::move(renditions), scaler, options.canvas_stays};
  TESSERA_TRY_ASSIGN(auto compositor, compose::Compositor::create(device, settings));
  auto impl = std::unique_ptr<Impl>(new Impl{device,
                                             limits,
                                             programme,
                                             images,
                                             PrivateTimeline(timeline),
                                             std::move(compositor),
                                             {},
                                             {},
                                             gift::Player(images.frames()),
                                             std::move(options),
                                             std::move(settings.renditions),
                                             {}});
  return std::unique_ptr<FrameSource>(new FrameSource(std::move(impl)));
}

Result<compose::ComposedFrame> FrameSource::frame(int64_t n) {
  TESSERA_TRY_ASSIGN(const compose::ComposedFrame composed, compose(n));
  return download(composed);
}

Result<compose::ComposedFrame> FrameSource::download(const compose::ComposedFrame& frame) {
  compose::ComposedFrame host;
  host.canvas = frame.canvas;
  if (!impl_->options.canvas_stays) {
    TESSERA_TRY_ASSIGN(host.canvas, impl_->device.download(frame.canvas));
  }
  for (size_t i = 0; i < frame.renditions.size(); ++i) {
    media::FrameRef rendition = frame.renditions[i];
    if (!impl_->renditions[i].stays) {
      TESSERA_TRY_ASSIGN(rendition, impl_->device.download(rendition));
    }
    host.renditions.push_back(std::move(rendition));
  }
  return host;
}

Result<compose::ComposedFrame> FrameSource::compose(int64_t n) {
  for (;;) {
    // Each round marks one more frame lost, so this ends.
    const scene::DrawList list = impl_->draw_list(n);
    impl_->close_idle_readers(list, n);
    impl_->animations.close_idle(n - impl_->idle_frames());
    TESSERA_TRY_ASSIGN(const auto pictures, impl_->pictures(list, n));
    if (!pictures) continue;
    return impl_->compositor->compose(list, *pictures);
  }
}

scene::DrawList FrameSource::draw_list(int64_t n) const { return impl_->draw_list(n); }

const std::vector<LostFrame>& FrameSource::lost() const {
  std::sort(impl_->lost.begin(), impl_->lost.end());
  return impl_->lost;
}

const std::string& FrameSource::hardware_fault() const { return impl_->hardware_fault; }

const timeline::Timeline& FrameSource::timeline() const { return impl_->timeline.get(); }

std::vector<compose::RenditionSize> rendition_sizes(const spec::Programme& programme) {
  std::vector<compose::RenditionSize> sizes;
  for (const spec::Rendition& rendition : programme.ladder) sizes.push_back({rendition.width, rendition.height, false});
  return sizes;
}

}  // namespace tessera::pipeline

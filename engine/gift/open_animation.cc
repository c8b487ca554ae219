#include "engine/gift/animation.h"

namespace tessera::gift {
namespace {

class LibavDecoder final : public Decoder {
 public:
  explicit LibavDecoder(std::unique_ptr<media::AnimationReader> reader) : reader_(std::move(reader)) {}
  Result<media::FrameRef> frame(int64_t number) override { return reader_->frame(number); }

 private:
  std::unique_ptr<media::AnimationReader> reader_;
};

/// What libavcodec decodes with alpha.
class LibavAnimation final : public Animation {
 public:
  LibavAnimation(std::shared_ptr<const media::AnimationIndex> index, const media::MediaLimits& limits)
      : index_(std::move(index)), limits_(limits) {}

  const std::string& path() const override { return index_->path; }
  int width() const override { return index_->width; }
  int height() const override { return index_->height; }
  const media::AnimationTimes& times() const override { return index_->times; }
  const Sha256& identity() const override { return index_->file; }

  Result<std::unique_ptr<Decoder>> decoder(int depth) const override {
    TESSERA_TRY_ASSIGN(auto reader, media::AnimationReader::open(index_, depth, limits_));
    return std::make_unique<LibavDecoder>(std::move(reader));
  }

 private:
  const std::shared_ptr<const media::AnimationIndex> index_;
  const media::MediaLimits limits_;
};

}  // namespace

Result<std::shared_ptr<const Animation>> open_animation(const std::string& path, const media::MediaLimits& limits,
                                                        const std::string& cache_dir, Log& log) {
  TESSERA_TRY_ASSIGN(auto index, media::index_animation(path, limits, cache_dir, log));
  return std::make_shared<LibavAnimation>(std::move(index), limits);
}

}  // namespace tessera::gift

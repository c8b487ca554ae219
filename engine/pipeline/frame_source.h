#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/compose/compositor.h"
#include "engine/device/device.h"
#include "engine/media/take_index.h"
#include "engine/media/take_reader.h"
#include "engine/pipeline/image_cache.h"
#include "engine/pipeline/open_show.h"
#include "engine/scene/draw_list.h"

namespace tessera::pipeline {

/// Frames of a take that decoding found damaged.
struct LostFrame {
  int take = 0;       ///< index into Timeline::takes()
  int64_t frame = 0;  ///< presentation number
  std::string reason;
  auto operator<=>(const LostFrame&) const = default;
};

/// A timeline whose takes' indexes are private copies, so that one chunk may add `lost` marks while others run.
class PrivateTimeline {
 public:
  explicit PrivateTimeline(const timeline::Timeline& shared);
  const timeline::Timeline& get() const { return *timeline_; }
  void mark_lost(int take, int64_t frame);

 private:
  std::vector<std::shared_ptr<media::TakeIndex>> indexes_;  ///< by take; null: lost take
  std::unique_ptr<timeline::Timeline> timeline_;
};

/// What a source may do besides composing.
struct SourceOptions {
  media::ReaderHardware decode;
  bool canvas_stays = false;  ///< compose::ComposeSettings::canvas_stays
};

/// frame(n) = compose(scene(state(log, t_n), index, t_n), media): the one path from a show to pixels, used by every
/// command that makes pictures.
///
/// Decoders are opened when a take first shows and closed when it has not been shown for a second or is over. A picture
/// that can't be decoded is marked lost in the (private) index and the scene is made again, so what the tile shows
/// follows policy. Thread-safety: one caller at a time.
class FrameSource {
 public:
  /// @param timeline copied: what is found damaged stays in the copy
  /// @param renditions sizes to scale to; may be empty
  /// @param scaler the filter of all scaling
  static Result<std::unique_ptr<FrameSource>> create(const timeline::Timeline& timeline,
                                                     const media::MediaLimits& limits, const spec::Programme& programme,
                                                     std::vector<compose::RenditionSize> renditions,
                                                     kernels::Filter scaler, device::Device& device, ImageCache& images,
                                                     SourceOptions options = {});
  ~FrameSource();

  /// Frame n of the programme, n >= 0, in host memory. Ascending order is fast.
  Result<compose::ComposedFrame> frame(int64_t n);

  /// The same in two steps, so that several frames can be under way: surfaces of the device, which may not have been
  /// drawn yet; then those frames in host memory, but for what stays on the device.
  Result<compose::ComposedFrame> compose(int64_t n);
  Result<compose::ComposedFrame> download(const compose::ComposedFrame& frame);

  /// The draw list that frame n was, or would be, made from.
  scene::DrawList draw_list(int64_t n) const;

  /// Every frame found damaged so far, sorted.
  const std::vector<LostFrame>& lost() const;

  /// Why software took over a take from a hardware decoder in mid-stream; empty where it never did. Pictures that the
  /// hardware gave before may hold damage that it did not tell of.
  const std::string& hardware_fault() const;

  /// The show with what was found damaged marked in the takes' indexes.
  const timeline::Timeline& timeline() const;

 private:
  struct Impl;
  explicit FrameSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sizes of a programme's ladder.
std::vector<compose::RenditionSize> rendition_sizes(const spec::Programme& programme);

}  // namespace tessera::pipeline

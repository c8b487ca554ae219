#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/media/frame.h"
#include "engine/media/hw.h"
#include "engine/media/take_index.h"

namespace tessera::media {

/// One decoded picture, or the news that it can't be had.
struct TakePicture {
  FrameRef frame;  ///< in host or, from a hardware decoder, device memory; as coded: not turned, not scaled; planar or
                   ///< semi-planar YUV, 8 or 10 bit. Null where lost
  bool lost = false;   ///< the decoder failed on it or on what it refers to
  std::string reason;  ///< where lost: for the log and `degraded`
};

/// What a reader may decode with besides libavcodec's software decoders, and where it tells what it does.
struct ReaderHardware {
  std::shared_ptr<HwDevice> device;         ///< null: software
  std::shared_ptr<MediaCounters> counters;  ///< may be null
  std::function<void()> alive = {};         ///< called for every packet decoded, on the reader's thread; may be empty
};

/// Decodes the pictures of a take by presentation number, frame exact.
///
/// Ascending numbers decode once from start to end; a step back, or a jump over a later key frame, seeks to the
/// random-access point before. One decoder thread, so that the result for a number depends on the file alone. Runs a
/// little ahead on a thread of its own; memory is bounded by `read_ahead` frames plus the decoder's own.
/// The same picture may be asked for again; the last one is kept.
///
/// With a device, hardware decodes the takes that suit it: progressive 4:2:0 H.264 of 8 bits, and HEVC of one size. The
/// pictures and their numbers are the same. Where hardware can't, or meets what looks like damage, software takes over
/// for the rest of the reader's life, from the random-access point before the picture that is due. NVDEC conceals
/// damage inside a slice, and libavcodec does not ask it: takes whose index knows of a loss, and the last GOP of a
/// transport stream, which may have been cut off, are decoded in software; damage of which nothing else tells is shown
/// as it comes. Pictures in device memory are to be dropped when they have been used: a decoder has few. Thread-safety:
/// one caller at a time.
class TakeReader {
 public:
  static Result<std::unique_ptr<TakeReader>> open(std::shared_ptr<const TakeIndex> index, const MediaLimits& limits,
                                                  int read_ahead = 1, ReaderHardware hardware = {});
  virtual ~TakeReader() = default;

  /// Frame `number`, 0 <= number < index.video->frames.size(). A damaged frame is not an error: see TakePicture::lost.
  /// @retval kUnreachable the file can no longer be read; kDevice the decoder can't be used at all
  virtual Result<TakePicture> frame(int64_t number) = 0;

  /// Why software took over from hardware, after it had given pictures; empty where it did not.
  virtual std::string hardware_fault() const = 0;
};

/// Reads a still picture (PNG, JPEG, WebP still, ...) as the canvas's colour: YUVA, premultiplied, 4:4:4 (so that
/// colour and alpha are scaled alike), `depth` bits, has_alpha always set. The first frame of an animation.
/// @retval kBadInput unreadable; kLimit over the limits (checked before the pixels are allocated)
Result<FrameRef> read_image(const std::string& path, int depth, const MediaLimits& limits);

/// An I420/I010 frame as the bytes of an RGB PNG (BT.709 limited -> full-range RGB, chroma interpolated).
/// @retval kCapacity no memory; kInternal another format
Result<std::vector<uint8_t>> encode_png(const Frame& frame);

}  // namespace tessera::media

#pragma once
// Decodes access units with libavcodec and says which pictures each of them began, in decoding order, which is what a
// video decoder's client is told, and which are to be shown, in display order.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tests/simgpu/nvcuvid/picture.h"

struct AVCodecContext;

namespace tessera::simgpu {

/// What the sequence headers say, as libavcodec understood them.
struct SequenceFormat {
  int coded_width = 0, coded_height = 0, width = 0, height = 0, bit_depth = 8;
  bool is_420 = true;
  int references = 0, reorder = 0;
  int rate_num = 0, rate_den = 0, sar_num = 0, sar_den = 0;
  int primaries = 2, transfer = 2, matrix = 2;
  bool full_range = false;

  /// Whether a decoder made for `other` can go on.
  bool same_pictures(const SequenceFormat& other) const;
};

struct Shown {
  std::shared_ptr<Picture> picture;
  int64_t timestamp;  ///< of its access unit; INT64_MIN when that had none
  bool progressive, top_field_first;
  int repeat;
};

class StreamDecoder {
 public:
  /// Null where libavcodec lacks the codec.
  static std::unique_ptr<StreamDecoder> create(cudaVideoCodec codec);
  ~StreamDecoder();

  /// Feeds one access unit (Annex B); take all shown pictures first. False when it could not be decoded at all.
  bool decode(std::span<const uint8_t> bytes, int64_t timestamp);

  /// The picture of the access unit fed last, once; null where it began none. References that libavcodec made up for it
  /// are no pictures of the stream.
  std::shared_ptr<Picture> begun();

  /// The next picture to show; nothing when more input is wanted.
  std::optional<Shown> shown();

  /// Tells that no more input comes, so that all pictures are shown; reset() makes it ready again.
  void drain();
  void reset();

  /// As of the last picture begun.
  SequenceFormat format() const { return format_; }

 private:
  friend int begin_picture(AVCodecContext* context, AVFrame* frame, int flags);
  StreamDecoder() = default;

  AVCodecContext* context_ = nullptr;
  SequenceFormat format_;
  std::vector<std::shared_ptr<Picture>> begun_;
};

}  // namespace tessera::simgpu

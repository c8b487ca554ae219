#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/base/hash.h"

namespace tessera::media {

/// What a VP9 frame's uncompressed header says of its picture.
struct Vp9Header {
  bool shown = true;  ///< false: a reference that is never displayed by itself
  bool key = false;
  int width = 0;  ///< luma samples; 0 where unknown (a reference that was not seen)
  int height = 0;
};

/// Follows the picture size through a VP9 stream: it may change on any frame, taken over from a reference frame.
/// (VP9 Bitstream Specification, section 6.2; libavcodec has no parser that tells.)
class Vp9Sizes {
 public:
  /// The header of the next frame in decode order (one frame, superframes split). Empty: not a VP9 frame.
  std::optional<Vp9Header> next(Bytes frame);

 private:
  struct Size {
    int width = 0;
    int height = 0;
  };
  std::array<Size, 8> slots_{};
};

}  // namespace tessera::media

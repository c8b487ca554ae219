#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/media/take_index.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// Which pictures of an index belong where, for decoding. Immutable; any thread.
class GopMap {
 public:
  explicit GopMap(std::shared_ptr<const VideoIndex> video);

  /// Decoded behind the random-access point of its GOP, presented before it.
  bool is_leading(int64_t number) const;
  /// Presented before the GOP before its own begins, or after the next one begins: its timestamp is damaged, or
  /// recordings were joined with an overlap. Such a picture can't be placed and counts as never delivered.
  bool is_misplaced(int64_t number) const;
  /// The GOP is open: it has leading pictures.
  bool has_leading(uint32_t gop) const { return has_leading_[gop]; }
  /// The GOP where decoding must begin for this picture to come out as when decoded from the start of the file.
  uint32_t start_of(int64_t number) const;
  /// The same where the picture before is wanted, too, as the deinterlacer does.
  uint32_t start_with_neighbour(int64_t number) const;

 private:
  const IndexedFrame& at(int64_t number) const { return video_->frames[static_cast<size_t>(number)]; }

  std::shared_ptr<const VideoIndex> video_;
  std::vector<bool> has_leading_;
};

}  // namespace tessera::media

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/media/filter_graph.h"
#include "engine/media/reader_decoder.h"

// For the .cc files of engine/media only.
namespace tessera::media {

/// Makes whole pictures of interlaced ones with libavfilter's bwdif, one for one; progressive pictures pass unchanged.
/// A picture is made from itself and its two neighbours in number; where a neighbour is missing (lost, the end, or one
/// of another format) bwdif takes the picture itself in its place.
/// Thread-safety: one caller at a time.
class Deinterlacer {
 public:
  explicit Deinterlacer(std::shared_ptr<const VideoIndex> video) : video_(std::move(video)) {}

  /// Forgets what it holds.
  void restart() { graph_.reset(); }

  /// Takes the next picture, in order of numbers; appends those that are done (an interlaced one waits for the next).
  Result<void> push(DecodedPicture picture, std::vector<DecodedPicture>& out);

  /// No more pictures: appends what is left.
  Result<void> finish(std::vector<DecodedPicture>& out);

 private:
  Result<void> build(const AVFrame& like);
  Result<void> pull(std::vector<DecodedPicture>& out);

  std::shared_ptr<const VideoIndex> video_;
  std::optional<FilterGraph> graph_;
  int64_t last_ = -1;  ///< number of the newest picture in the graph
  int width_ = 0, height_ = 0, format_ = -1;
};

}  // namespace tessera::media

#pragma once

#include <memory>
#include <string>

#include "engine/media/av.h"

struct AVFilterContext;
struct AVFilterGraph;

// For the .cc files of engine/media only.
namespace tessera::media {

/// A chain of libavfilter's filters with one input and one output, on the caller's thread.
///
/// libavfilter is looked up when the first chain is made: few shows need one, and it and the thirty libraries it brings
/// (a speech synthesiser, linear algebra) take 11 MiB of memory as soon as they are loaded.
/// Thread-safety: one caller at a time.
class FilterGraph {
 public:
  /// @param input parameters of the "buffer" filter: size, pixel format and time base of what will be sent
  /// @param chain in libavfilter's syntax, as of `ffmpeg -vf`
  /// @retval kDevice libavfilter, of the version this was built for, can't be loaded or refuses the chain; kCapacity no
  ///   memory
  static Result<FilterGraph> create(const std::string& input, const std::string& chain);

  /// Takes a picture (its references move into the chain; what is not reference-counted is copied), or null: the end.
  /// A libav status.
  int send(AVFrame* picture);
  /// Gives a picture. A libav status: AVERROR(EAGAIN) it needs another first, AVERROR_EOF there are no more.
  int receive(AVFrame* picture);
  /// Of the pictures given.
  AVRational time_base() const;

 private:
  struct Free {
    void operator()(AVFilterGraph* graph) const;
  };
  std::unique_ptr<AVFilterGraph, Free> graph_;
  AVFilterContext* source_ = nullptr;
  AVFilterContext* sink_ = nullptr;
};

}  // namespace tessera::media

#include "engine/media/reader_deinterlace.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace tessera::media {
namespace {

constexpr int kMinSide = 4;  // bwdif refuses smaller pictures

tl::unexpected<Error> failed(const char* what, int status) {
  return fail(Errc::kDevice, "media.deinterlace", std::string(what) + ": " + av_text(status));
}

}  // namespace

void Deinterlacer::FreeGraph::operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }

Result<void> Deinterlacer::build(const AVFrame& like) {
  graph_.reset(avfilter_graph_alloc());
  if (!graph_) return fail(Errc::kCapacity, "media.deinterlace", "no memory for a filter graph", true);
  graph_->nb_threads = 1;
  width_ = like.width;
  height_ = like.height;
  format_ = like.format;
  const std::string picture = "video_size=" + std::to_string(like.width) + "x" + std::to_string(like.height) +
                              ":pix_fmt=" + std::to_string(like.format) + ":time_base=1/1";
  int status = avfilter_graph_create_filter(&source_, avfilter_get_by_name("buffer"), "in", picture.c_str(), nullptr,
                                            graph_.get());
  if (status < 0) return failed("no source", status);
  AVFilterContext* filter = nullptr;
  status = avfilter_graph_create_filter(&filter, avfilter_get_by_name("bwdif"), "bwdif",
                                        "mode=send_frame:parity=auto:deint=interlaced", nullptr, graph_.get());
  if (status < 0) return failed("no bwdif filter", status);
  status =
      avfilter_graph_create_filter(&sink_, avfilter_get_by_name("buffersink"), "out", nullptr, nullptr, graph_.get());
  if (status >= 0) status = avfilter_link(source_, 0, filter, 0);
  if (status >= 0) status = avfilter_link(filter, 0, sink_, 0);
  if (status >= 0) status = avfilter_graph_config(graph_.get(), nullptr);
  if (status < 0) return failed("the filter graph is refused", status);
  return {};
}

Result<void> Deinterlacer::push(DecodedPicture picture, std::vector<DecodedPicture>& out) {
  const AVFrame* frame = picture.frame.get();
  const bool wanted = frame != nullptr && video_->format_of(picture.number).interlaced && frame->width >= kMinSide &&
                      frame->height >= kMinSide;
  const bool follows = graph_ && wanted && picture.number == last_ + 1 && frame->width == width_ &&
                       frame->height == height_ && frame->format == format_;
  if (!follows) TESSERA_TRY(finish(out));
  if (!wanted) {
    out.push_back(std::move(picture));
    return {};
  }
  if (!graph_) TESSERA_TRY(build(*frame));
  last_ = picture.number;
  picture.frame->pts = picture.number;
  const int status = av_buffersrc_add_frame(source_, picture.frame.get());
  if (status < 0) return failed("a picture is refused", status);
  return pull(out);
}

Result<void> Deinterlacer::finish(std::vector<DecodedPicture>& out) {
  if (!graph_) return {};
  const int status = av_buffersrc_add_frame(source_, nullptr);
  if (status < 0) return failed("the end is refused", status);
  TESSERA_TRY(pull(out));
  graph_.reset();
  return {};
}

Result<void> Deinterlacer::pull(std::vector<DecodedPicture>& out) {
  const AVRational tick = av_buffersink_get_time_base(sink_);
  while (true) {
    AvFrame frame(av_frame_alloc());
    if (!frame) return fail(Errc::kCapacity, "media.deinterlace", "no memory for a picture", true);
    const int status = av_buffersink_get_frame(sink_, frame.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return {};
    if (status < 0) return failed("no picture", status);
    const int64_t number = av_rescale_q(frame->pts, tick, {1, 1});
    out.push_back({number, std::move(frame), {}});
  }
}

}  // namespace tessera::media

#include "engine/media/reader_deinterlace.h"

namespace tessera::media {
namespace {

constexpr int kMinSide = 4;  // bwdif refuses smaller pictures

tl::unexpected<Error> failed(const char* what, int status) {
  return fail(Errc::kDevice, "media.deinterlace", std::string(what) + ": " + av_text(status));
}

}  // namespace

Result<void> Deinterlacer::build(const AVFrame& like) {
  width_ = like.width;
  height_ = like.height;
  format_ = like.format;
  const std::string input = "video_size=" + std::to_string(like.width) + "x" + std::to_string(like.height) +
                            ":pix_fmt=" + std::to_string(like.format) + ":time_base=1/1";
  TESSERA_TRY_ASSIGN(graph_, FilterGraph::create(input, "bwdif=mode=send_frame:parity=auto:deint=interlaced"));
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
  const int status = graph_->send(picture.frame.get());
  if (status < 0) return failed("a picture is refused", status);
  return pull(out);
}

Result<void> Deinterlacer::finish(std::vector<DecodedPicture>& out) {
  if (!graph_) return {};
  const int status = graph_->send(nullptr);
  if (status < 0) return failed("the end is refused", status);
  TESSERA_TRY(pull(out));
  graph_.reset();
  return {};
}

Result<void> Deinterlacer::pull(std::vector<DecodedPicture>& out) {
  const AVRational tick = graph_->time_base();
  while (true) {
    AvFrame frame(av_frame_alloc());
    if (!frame) return fail(Errc::kCapacity, "media.deinterlace", "no memory for a picture", true);
    const int status = graph_->receive(frame.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return {};
    if (status < 0) return failed("no picture", status);
    const int64_t number = av_rescale_q(frame->pts, tick, {1, 1});
    out.push_back({number, std::move(frame), {}});
  }
}

}  // namespace tessera::media

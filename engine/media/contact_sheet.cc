#include "engine/media/contact_sheet.h"

#include "engine/media/filter_graph.h"
#include "engine/media/take_reader.h"

namespace tessera::media {
namespace {

Error filter_error(const char* what, int status) {
  return {Errc::kInternal, "media.sheet", std::string(what) + ": " + av_text(status), false};
}

Result<FilterGraph> make_graph(const FrameFormat& format, int columns, int rows) {
  const char* pixels = format.depth > 8 ? "yuv420p10le" : "yuv420p";
  const std::string input = "video_size=" + std::to_string(format.width) + "x" + std::to_string(format.height) +
                            ":pix_fmt=" + pixels + ":time_base=1/1:pixel_aspect=1/1";
  const int size = format.width / 14;
  const std::string chain = "pad=w=iw:h=ih+" + std::to_string(size * 2) +
                            ":color=0x18181c,drawtext=font=Sans:fontsize=" + std::to_string(size) +
                            ":fontcolor=white:text='%{metadata\\:label}':x=4:y=h-th-" + std::to_string(size / 2) +
                            ",tile=" + std::to_string(columns) + "x" + std::to_string(rows) +
                            ":padding=8:margin=8:color=0x18181c,format=" + pixels;
  return FilterGraph::create(input, chain);
}

/// A view of our frame for libav; valid while `frame` is.
Result<AvFrame> view(const Frame& frame, const std::string& label, int64_t pts) {
  AvFrame av(av_frame_alloc());
  if (!av) return fail(Errc::kCapacity, "media.sheet", "no memory for a frame");
  av->format = frame.format.depth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  av->width = frame.format.width;
  av->height = frame.format.height;
  av->pts = pts;
  for (int p = 0; p < 3; ++p) {
    av->data[p] = frame.planes[static_cast<size_t>(p)].data;
    av->linesize[p] = static_cast<int>(frame.planes[static_cast<size_t>(p)].stride);
  }
  av_dict_set(&av->metadata, "label", label.c_str(), 0);
  return av;
}

Result<std::shared_ptr<Frame>> copy_of(const AVFrame& av, const FrameFormat& like) {
  TESSERA_TRY_ASSIGN(auto frame, allocate_frame(canvas_format(av.width, av.height, like.depth)));
  for (size_t p = 0; p < 3; ++p) {
    Plane& plane = frame->planes[p];
    const size_t bytes = static_cast<size_t>(plane.width) * static_cast<size_t>(like.bytes_per_sample());
    for (int y = 0; y < plane.height; ++y) {
      std::copy_n(av.data[p] + ptrdiff_t{y} * av.linesize[p], bytes, plane.data + y * plane.stride);
    }
  }
  return frame;
}

}  // namespace

Result<std::vector<uint8_t>> contact_sheet(std::span<const SheetPicture> pictures, int columns) {
  if (pictures.empty()) return fail(Errc::kBadInput, "media.sheet", "there is no picture to show");
  const int count = static_cast<int>(pictures.size());
  const FrameFormat& format = pictures.front().frame->format;
  TESSERA_TRY_ASSIGN(FilterGraph graph, make_graph(format, columns, (count + columns - 1) / columns));
  for (int i = 0; i < count; ++i) {
    const SheetPicture& picture = pictures[static_cast<size_t>(i)];
    TESSERA_TRY_ASSIGN(AvFrame frame, view(*picture.frame, picture.label, i));
    const int status = graph.send(frame.get());
    if (status < 0) return tl::unexpected<Error>(filter_error("feeding", status));
  }
  int status = graph.send(nullptr);
  AvFrame sheet(av_frame_alloc());
  if (status >= 0) status = graph.receive(sheet.get());
  if (status < 0) return tl::unexpected<Error>(filter_error("drawing", status));
  TESSERA_TRY_ASSIGN(const auto out, copy_of(*sheet, format));
  return encode_png(*out);
}

}  // namespace tessera::media

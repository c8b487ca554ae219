#include "engine/media/contact_sheet.h"

#include "engine/media/av.h"
#include "engine/media/take_reader.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace tessera::media {
namespace {

struct GraphFree {
  void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
};

struct Graph {
  std::unique_ptr<AVFilterGraph, GraphFree> graph{avfilter_graph_alloc()};
  AVFilterContext* source = nullptr;
  AVFilterContext* sink = nullptr;
};

Error filter_error(const char* what, int status) {
  return {Errc::kInternal, "media.sheet", std::string(what) + ": " + av_text(status), false};
}

Result<Graph> make_graph(const FrameFormat& format, int columns, int rows) {
  Graph g;
  const char* pixels = format.depth > 8 ? "yuv420p10le" : "yuv420p";
  const std::string source = "video_size=" + std::to_string(format.width) + "x" + std::to_string(format.height) +
                             ":pix_fmt=" + pixels + ":time_base=1/1:pixel_aspect=1/1";
  int status = avfilter_graph_create_filter(&g.source, avfilter_get_by_name("buffer"), "in", source.c_str(), nullptr,
                                            g.graph.get());
  if (status < 0) return tl::unexpected<Error>(filter_error("source", status));
  status =
      avfilter_graph_create_filter(&g.sink, avfilter_get_by_name("buffersink"), "out", nullptr, nullptr, g.graph.get());
  if (status < 0) return tl::unexpected<Error>(filter_error("sink", status));
  const int size = format.width / 14;
  const std::string chain = "pad=w=iw:h=ih+" + std::to_string(size * 2) +
                            ":color=0x18181c,drawtext=font=Sans:fontsize=" + std::to_string(size) +
                            ":fontcolor=white:text='%{metadata\\:label}':x=4:y=h-th-" + std::to_string(size / 2) +
                            ",tile=" + std::to_string(columns) + "x" + std::to_string(rows) +
                            ":padding=8:margin=8:color=0x18181c,format=" + pixels;
  AVFilterInOut* outputs = avfilter_inout_alloc();
  AVFilterInOut* inputs = avfilter_inout_alloc();
  if (outputs == nullptr || inputs == nullptr)
    return fail(Errc::kCapacity, "media.sheet", "no memory for a filter graph");
  *outputs = {av_strdup("in"), g.source, 0, nullptr};
  *inputs = {av_strdup("out"), g.sink, 0, nullptr};
  status = avfilter_graph_parse_ptr(g.graph.get(), chain.c_str(), &inputs, &outputs, nullptr);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (status >= 0) status = avfilter_graph_config(g.graph.get(), nullptr);
  if (status < 0) return tl::unexpected<Error>(filter_error("drawtext and tile", status));
  return g;
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

Result<void> write_contact_sheet(std::span<const SheetPicture> pictures, int columns, const std::string& path) {
  if (pictures.empty()) return fail(Errc::kBadInput, "media.sheet", "there is no picture to show");
  const int count = static_cast<int>(pictures.size());
  const FrameFormat& format = pictures.front().frame->format;
  TESSERA_TRY_ASSIGN(Graph g, make_graph(format, columns, (count + columns - 1) / columns));
  for (int i = 0; i < count; ++i) {
    const SheetPicture& picture = pictures[static_cast<size_t>(i)];
    TESSERA_TRY_ASSIGN(AvFrame frame, view(*picture.frame, picture.label, i));
    // Without a reference-counted buffer the source copies the frame, so the view may go.
    const int status = av_buffersrc_write_frame(g.source, frame.get());
    if (status < 0) return tl::unexpected<Error>(filter_error("feeding", status));
  }
  int status = av_buffersrc_add_frame(g.source, nullptr);
  AvFrame sheet(av_frame_alloc());
  if (status >= 0) status = av_buffersink_get_frame(g.sink, sheet.get());
  if (status < 0) return tl::unexpected<Error>(filter_error("drawing", status));
  TESSERA_TRY_ASSIGN(const auto out, copy_of(*sheet, format));
  return write_png(*out, path);
}

}  // namespace tessera::media

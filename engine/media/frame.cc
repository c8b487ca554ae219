#include "engine/media/frame.h"

#include <cstdlib>
#include <string>

namespace tessera::media {
namespace {

constexpr int kMaxSide = 8192;
constexpr size_t kRowAlign = 64;

ptrdiff_t row_bytes(const FrameFormat& format, int samples) {
  const size_t bytes = static_cast<size_t>(samples) * static_cast<size_t>(format.bytes_per_sample());
  return static_cast<ptrdiff_t>((bytes + kRowAlign - 1) / kRowAlign * kRowAlign);
}

}  // namespace

FrameFormat canvas_format(int width, int height, int depth) {
  FrameFormat format;
  format.width = width;
  format.height = height;
  format.depth = static_cast<uint8_t>(depth);
  return format;
}

Result<std::shared_ptr<Frame>> allocate_frame(const FrameFormat& format) {
  if (format.width < 1 || format.width > kMaxSide || format.height < 1 || format.height > kMaxSide) {
    return fail(Errc::kLimit, "media.frame",
                "a frame of " + std::to_string(format.width) + "x" + std::to_string(format.height) +
                    "; wanted sides of 1 to " + std::to_string(kMaxSide));
  }
  const int chroma_samples = format.chroma_width() * (format.semi_planar ? 2 : 1);
  const ptrdiff_t luma_row = row_bytes(format, format.width);
  const ptrdiff_t chroma_row = row_bytes(format, chroma_samples);
  const ptrdiff_t luma_bytes = luma_row * format.height;
  const ptrdiff_t chroma_bytes = chroma_row * format.chroma_height();
  const ptrdiff_t total = luma_bytes * (format.has_alpha ? 2 : 1) + chroma_bytes * (format.semi_planar ? 1 : 2);
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(kRowAlign, static_cast<size_t>(total)));
  if (memory == nullptr) {
    return fail(Errc::kCapacity, "media.frame", "no memory for a frame of " + std::to_string(total) + " bytes", true);
  }
  auto frame = std::make_shared<Frame>();
  frame->format = format;
  frame->owner = std::shared_ptr<void>(memory, [](void* p) { std::free(p); });
  const int width = format.chroma_width();
  const int height = format.chroma_height();
  uint8_t* const chroma = memory + luma_bytes;
  frame->planes[0] = {memory, luma_row, format.width, format.height, 1};
  if (format.semi_planar) {
    frame->planes[1] = {chroma, chroma_row, width, height, 2};
    frame->planes[2] = {chroma + format.bytes_per_sample(), chroma_row, width, height, 2};
  } else {
    frame->planes[1] = {chroma, chroma_row, width, height, 1};
    frame->planes[2] = {chroma + chroma_bytes, chroma_row, width, height, 1};
  }
  if (format.has_alpha) {
    frame->planes[3] = {memory + total - luma_bytes, luma_row, format.width, format.height, 1};
  }
  return frame;
}

}  // namespace tessera::media

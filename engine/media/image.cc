#include <fstream>

#include "engine/media/reader_image.h"
#include "engine/media/take_reader.h"

namespace tessera::media {
namespace {

constexpr size_t kHeadBytes = 1 << 20;  // a JPEG's size may come after large profiles and previews
constexpr int kMaxPackets = 64;

/// Empty where it can't be read; open_input() then says why.
std::vector<uint8_t> head_of(const std::string& path) {
  std::vector<uint8_t> head(kHeadBytes);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return head;
}

/// The first picture the decoder gives; null where there is none.
Result<AvFrame> first_picture(AVFormatContext& input, int stream, AVCodecContext& codec) {
  const AvPacket packet(av_packet_alloc());
  AvFrame frame(av_frame_alloc());
  if (!packet || !frame) return fail(Errc::kCapacity, "media.image", "no memory for a picture", true);
  for (int i = 0; i < kMaxPackets; ++i) {
    const bool end = av_read_frame(&input, packet.get()) < 0;
    if (end || packet->stream_index == stream) {
      avcodec_send_packet(&codec, end ? nullptr : packet.get());
      if (avcodec_receive_frame(&codec, frame.get()) >= 0) return frame;
    }
    av_packet_unref(packet.get());
    if (end) break;
  }
  return AvFrame();
}

}  // namespace

Result<void> check_picture_size(const std::string& path, int64_t width, int64_t height, const MediaLimits& limits) {
  const std::string found = "is " + std::to_string(width) + "x" + std::to_string(height) + " pixels; ";
  if (width < 1 || height < 1) return fail(Errc::kBadInput, path, found + "wanted a picture");
  // Sides first: they bound the product.
  if (width <= limits.max_side && height <= limits.max_side && width * height <= limits.max_pixels) return {};
  return fail(Errc::kLimit, path,
              found + "at most " + std::to_string(limits.max_side) + " a side and " +
                  std::to_string(limits.max_pixels) + " in all are read");
}

Result<void> check_picture_file(const std::string& path, const MediaLimits& limits) {
  const std::optional<ImageSize> size = image_size(head_of(path));
  return size ? check_picture_size(path, size->width, size->height, limits) : Result<void>();
}

Result<FrameRef> read_image(const std::string& path, int depth, const MediaLimits& limits) {
  if (depth != 8 && depth != 10) {
    return fail(Errc::kInternal, path, "wanted at " + std::to_string(depth) + " bits; 8 and 10 are made");
  }
  TESSERA_TRY_ASSIGN(const AvInput input, open_input(path, limits));
  const int stream = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream < 0) return fail(Errc::kBadInput, path, "has no picture in it; wanted a PNG, JPEG, WebP or GIF");
  TESSERA_TRY_ASSIGN(const AvCodec codec, open_decoder(input->streams[stream], limits));
  TESSERA_TRY_ASSIGN(AvFrame picture, first_picture(*input, stream, *codec));
  if (!picture) return fail(Errc::kBadInput, path, "is damaged, or of a kind that can't be decoded");
  TESSERA_TRY(check_picture_size(path, picture->width, picture->height, limits));
  YuvToRgba from_yuv;
  TESSERA_TRY_ASSIGN(const RgbaSource source, RgbaSource::open(std::move(picture), from_yuv));
  return to_premultiplied_yuva(source, depth);
}

}  // namespace tessera::media

#include <array>
#include <cstring>

#include "engine/media/reader_image.h"

namespace tessera::media {
namespace {

using Head = std::vector<uint8_t>;

bool has(const Head& head, size_t at, const char* text) {
  const size_t size = std::strlen(text);
  return at + size <= head.size() && std::memcmp(head.data() + at, text, size) == 0;
}

int64_t big(const Head& head, size_t at, int bytes) {
  int64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | head[at + static_cast<size_t>(i)];
  return value;
}

int64_t little(const Head& head, size_t at, int bytes) {
  int64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | head[at + static_cast<size_t>(i)];
  return value;
}

std::optional<ImageSize> png_size(const Head& head) {
  if (head.size() < 24 || !has(head, 12, "IHDR")) return std::nullopt;
  return ImageSize{big(head, 16, 4), big(head, 20, 4)};
}

std::optional<ImageSize> webp_size(const Head& head) {
  if (head.size() < 30) return std::nullopt;
  if (has(head, 12, "VP8X")) return ImageSize{little(head, 24, 3) + 1, little(head, 27, 3) + 1};
  if (has(head, 12, "VP8L")) {
    const int64_t bits = little(head, 21, 4);
    return ImageSize{(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
  }
  if (has(head, 12, "VP8 ")) return ImageSize{little(head, 26, 2) & 0x3fff, little(head, 28, 2) & 0x3fff};
  return std::nullopt;
}

bool is_start_of_frame(uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

std::optional<ImageSize> jpeg_size(const Head& head) {
  size_t at = 2;
  while (at + 9 <= head.size()) {
    if (head[at] != 0xff) return std::nullopt;
    const uint8_t marker = head[at + 1];
    if (marker == 0xff) {
      ++at;  // fill byte
    } else if (is_start_of_frame(marker)) {
      return ImageSize{big(head, at + 7, 2), big(head, at + 5, 2)};
    } else {
      at += 2 + static_cast<size_t>(big(head, at + 2, 2));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> image_size(const std::vector<uint8_t>& head) {
  if (has(head, 0, "\x89PNG\r\n\x1a\n")) return png_size(head);
  if (has(head, 0, "\xff\xd8")) return jpeg_size(head);
  if (has(head, 0, "RIFF") && has(head, 8, "WEBP")) return webp_size(head);
  if (has(head, 0, "GIF8") && head.size() >= 10) return ImageSize{little(head, 6, 2), little(head, 8, 2)};
  if (has(head, 0, "BM") && head.size() >= 26) {
    const auto height = static_cast<int32_t>(little(head, 22, 4));
    return ImageSize{little(head, 18, 4), height < 0 ? -int64_t{height} : int64_t{height}};
  }
  return std::nullopt;
}

}  // namespace tessera::media

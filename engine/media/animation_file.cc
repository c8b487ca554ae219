#include "engine/media/animation_file.h"

#include <array>
#include <cstring>
#include <fstream>

namespace tessera::media {
namespace {

/// Reads numbers off a file; after its end everything is 0 and good() false.
class FileBytes {
 public:
  explicit FileBytes(const std::string& path) : file_(path, std::ios::binary) {}

  bool good() const { return static_cast<bool>(file_); }
  int byte() {
    const int value = file_.get();
    return value < 0 ? 0 : value;
  }
  int64_t big(int bytes) {
    int64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  int64_t little16() {
    const int low = byte();
    return low | byte() << 8;
  }
  bool is(const char* text) {
    std::array<char, 16> found{};
    const size_t size = std::strlen(text);
    file_.read(found.data(), static_cast<std::streamsize>(size));
    return good() && std::memcmp(found.data(), text, size) == 0;
  }
  void skip(int64_t bytes) {
    // Reading the last byte shows whether all of them are there, which seeking would not.
    if (bytes > 1) file_.seekg(bytes - 1, std::ios::cur);
    if (bytes > 0) byte();
  }

 private:
  std::ifstream file_;
};

// --- GIF (CompuServe's specification of 1990)

constexpr int kExtension = 0x21, kImage = 0x2c, kTrailer = 0x3b, kGraphicControl = 0xf9;

int64_t colour_table_bytes(int flags) { return (flags & 0x80) != 0 ? int64_t{3} << ((flags & 7) + 1) : 0; }

void skip_sub_blocks(FileBytes& file) {
  for (int size = file.byte(); size > 0 && file.good(); size = file.byte()) file.skip(size);
}

/// After the label of a graphic control extension: its delay.
Rational read_graphic_control(FileBytes& file) {
  file.skip(2);  // its size, flags
  const int64_t hundredths = file.little16();
  file.skip(1);
  skip_sub_blocks(file);
  return {hundredths, 100};
}

void skip_image(FileBytes& file) {
  file.skip(8);
  file.skip(colour_table_bytes(file.byte()));
  file.skip(1);  // minimum code size
  skip_sub_blocks(file);
}

// --- APNG (the PNG specification's third edition)

Rational read_frame_control(FileBytes& file, int64_t size) {
  file.skip(20);
  const int64_t num = file.big(2);
  const int64_t den = file.big(2);
  file.skip(size - 24);
  return {num, den == 0 ? 100 : den};
}

}  // namespace

Result<AnimationBlocks> walk_gif(const std::string& path) {
  FileBytes file(path);
  if (!file.good()) return fail(Errc::kUnreachable, path, "can no longer be read");
  if (!file.is("GIF8")) return fail(Errc::kBadInput, path, "is no GIF");
  file.skip(6);  // rest of the signature, size
  const int flags = file.byte();
  file.skip(2 + colour_table_bytes(flags));
  AnimationBlocks blocks;
  Rational delay{0, 100};
  for (;;) {
    const int label = file.byte();
    if (!file.good() || label == kTrailer) return blocks;
    if (label == kImage) {
      skip_image(file);
    } else if (label == kExtension) {
      if (file.byte() == kGraphicControl) {
        delay = read_graphic_control(file);
      } else {
        skip_sub_blocks(file);
      }
    } else {
      return blocks;  // what follows is no part of it; decoders stop here, too
    }
    blocks.complete = file.good();
    if (!blocks.complete) return blocks;
    if (label == kImage) {
      blocks.delays.push_back(delay);
      delay = {0, 100};
    }
  }
}

Result<AnimationBlocks> walk_apng(const std::string& path) {
  FileBytes file(path);
  if (!file.good()) return fail(Errc::kUnreachable, path, "can no longer be read");
  if (!file.is("\x89PNG\r\n\x1a\n")) return fail(Errc::kBadInput, path, "is no PNG");
  AnimationBlocks blocks;
  int64_t announced = 0;
  for (;;) {
    const int64_t size = file.big(4);
    const auto type = static_cast<uint32_t>(file.big(4));
    if (!file.good()) break;
    constexpr uint32_t kAnimationControl = 0x6163544c, kFrameControl = 0x6663544c, kEnd = 0x49454e44;  // acTL fcTL IEND
    if (type == kEnd) break;
    if (type == kAnimationControl && size == 8) {
      announced = file.big(4);
      file.skip(4);
    } else if (type == kFrameControl && size >= 24) {
      blocks.delays.push_back(read_frame_control(file, size));
    } else {
      file.skip(size);
    }
    file.skip(4);  // checksum
  }
  blocks.complete = file.good() && static_cast<int64_t>(blocks.delays.size()) >= announced;
  return blocks;
}

}  // namespace tessera::media

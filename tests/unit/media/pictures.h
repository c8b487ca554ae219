#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine/media/encode.h"
#include "engine/media/frame.h"

/// Made pictures, temporary folders and processes, for the tests of the encoder and the boxer.
namespace tessera::media::testing {

/// A folder that goes away with its test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = std::filesystem::temp_directory_path() / "tessera-media-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Runs a shell command; its standard output. A failure of the command fails the test.
inline std::string run(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> buffer{};
  for (size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), got);
  const int status = pclose(pipe);
  EXPECT_EQ(status, 0) << command << "\n" << out;
  return out;
}

inline void write_file(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
}

/// Moving texture, with `noise` (0..255) of noise on top; another `scene` is another picture altogether.
inline FrameRef picture(int width, int height, int depth, int64_t number, uint32_t scene, int noise) {
  const auto frame = allocate_frame(canvas_format(width, height, depth)).value();
  std::minstd_rand random(scene * 7919 + static_cast<uint32_t>(number) * 104729 + 1);
  const int top = (1 << depth) - 1;
  for (size_t p = 0; p < 3; ++p) {
    const Plane& plane = frame->planes[p];
    const auto shift = static_cast<int>(number * (1 + scene % 3));
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const uint32_t cell =
            static_cast<uint32_t>((x + shift) / 8) * 2654435761U ^ static_cast<uint32_t>(y / 8) * 40503U ^ scene * 97U;
        int value = static_cast<int>(40 + cell / 7 % 64 + (x + y + shift) % 96);
        if (p > 0) value = 100 + static_cast<int>(cell % 48);
        if (noise > 0) value += static_cast<int>(random() % static_cast<uint32_t>(2 * noise + 1)) - noise;
        value = std::clamp(value, 16, 235) << (depth - 8);
        uint8_t* at = plane.data + y * plane.stride + x * (depth > 8 ? 2 : 1);
        at[0] = static_cast<uint8_t>(std::min(value, top) & 0xff);
        if (depth > 8) at[1] = static_cast<uint8_t>(value >> 8);
      }
    }
  }
  return frame;
}

/// The visible samples of the three planes, as raw video has them.
inline void append_raw(const Frame& frame, std::vector<uint8_t>& out) {
  for (size_t p = 0; p < 3; ++p) {
    const Plane& plane = frame.planes[p];
    for (int y = 0; y < plane.height; ++y) {
      const uint8_t* row = plane.data + y * plane.stride;
      out.insert(out.end(), row, row + plane.width * frame.format.bytes_per_sample());
    }
  }
}

/// Encodes pictures in chunks of settings.chunk_frames, each with a fresh encoder; times count from the first picture.
struct Encoded {
  StreamInfo info;
  std::vector<Packet> packets;

  std::vector<uint8_t> annex_b() const {
    std::vector<uint8_t> bytes = info.extradata;
    for (const Packet& packet : packets) bytes.insert(bytes.end(), packet.data.begin(), packet.data.end());
    return bytes;
  }
};

inline Encoded encode_chunks(const VideoEncoderSettings& settings, int64_t chunk, const std::vector<FrameRef>& frames) {
  Encoded all;
  const auto total = static_cast<int64_t>(frames.size());
  for (int64_t first = 0; first < total; first += chunk) {
    auto encoder = VideoEncoder::create(settings);
    if (!encoder) {
      ADD_FAILURE() << describe(encoder.error());
      return all;
    }
    if (first > 0) {
      EXPECT_EQ((*encoder)->info().extradata, all.info.extradata);
    }
    all.info = (*encoder)->info();
    const size_t before = all.packets.size();
    for (int64_t n = first; n < std::min(first + chunk, total); ++n) {
      const auto done = (*encoder)->encode(frames[static_cast<size_t>(n)], all.packets);
      EXPECT_TRUE(done) << describe(done.error());
    }
    const auto finished = (*encoder)->finish(all.packets);
    EXPECT_TRUE(finished) << describe(finished.error());
    const int64_t start = muldiv_round(first, all.info.tick.den * settings.fps.den, settings.fps.num);
    for (size_t i = before; i < all.packets.size(); ++i) {
      all.packets[i].pts += start;
      all.packets[i].dts += start;
    }
  }
  return all;
}

}  // namespace tessera::media::testing

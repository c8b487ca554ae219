#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/media/take_index.h"
#include "engine/media/take_reader.h"

// What the tests of the readers share: media made by the stock ffmpeg, and its own decoding of them to compare with.
namespace tessera::media {

/// A folder for one test's files.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "tessera-media-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void run(const std::string& command) { ASSERT_EQ(std::system((command + " </dev/null").c_str()), 0) << command; }

inline void ffmpeg(const std::string& arguments) {
  run("ffmpeg -nostdin -hide_banner -loglevel error -y " + arguments);
}

inline std::vector<uint8_t> bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// The planes' visible samples, one plane after the other as raw video has them.
inline std::vector<uint8_t> raw_bytes(const Frame& frame) {
  std::vector<uint8_t> out;
  const auto bytes = static_cast<size_t>(frame.format.bytes_per_sample());
  for (const Plane& plane : frame.planes) {
    for (int y = 0; y < plane.height; ++y) {
      const uint8_t* row = plane.data + y * plane.stride;
      if (plane.step == 1) {
        out.insert(out.end(), row, row + static_cast<size_t>(plane.width) * bytes);
        continue;
      }
      for (int x = 0; x < plane.width; ++x) {
        const uint8_t* sample = row + static_cast<size_t>(x * plane.step) * bytes;
        out.insert(out.end(), sample, sample + bytes);
      }
    }
  }
  return out;
}

inline Hash128 hash_of(const uint8_t* data, size_t size) {
  Hash128Hasher hasher;
  hasher.add({data, size});
  return hasher.finish();
}

inline std::string name_of(const TakePicture& picture) {
  if (picture.lost) return "lost";
  const std::vector<uint8_t> raw = raw_bytes(*picture.frame);
  return std::to_string(picture.frame->format.width) + "x" + std::to_string(picture.frame->format.height) + " " +
         hash_of(raw.data(), raw.size()).hex();
}

/// Names of the pictures that the stock ffmpeg decodes, in its order. All of one size.
inline std::vector<std::string> decoded_by_ffmpeg(const std::string& path, const std::string& out, int width,
                                                  int height, size_t frame_bytes, const std::string& options = "") {
  ffmpeg("-noautorotate -i " + path + " -map 0:v:0 -fps_mode passthrough " + options + " -f rawvideo " + out);
  const std::vector<uint8_t> raw = bytes_of_file(out);
  std::filesystem::remove(out);
  EXPECT_EQ(raw.size() % frame_bytes, 0U);
  std::vector<std::string> names;
  for (size_t at = 0; at + frame_bytes <= raw.size(); at += frame_bytes) {
    names.push_back(std::to_string(width) + "x" + std::to_string(height) + " " +
                    hash_of(raw.data() + at, frame_bytes).hex());
  }
  return names;
}

inline std::shared_ptr<const TakeIndex> index_of(const std::string& path) {
  Log log(LogLevel::kOff, LogFormat::kText);
  auto index = index_take(path, {}, {}, "", log);
  EXPECT_TRUE(index) << (index ? "" : describe(index.error()));
  return index ? *index : nullptr;
}

inline std::unique_ptr<TakeReader> reader_of(const std::shared_ptr<const TakeIndex>& index) {
  if (!index) return nullptr;
  auto reader = TakeReader::open(index, {});
  EXPECT_TRUE(reader) << (reader ? "" : describe(reader.error()));
  return reader ? *std::move(reader) : nullptr;
}

inline std::string picture_name(TakeReader& reader, int64_t number) {
  const auto picture = reader.frame(number);
  return picture ? name_of(*picture) : describe(picture.error());
}

inline std::vector<std::string> all_in_order(const std::shared_ptr<const TakeIndex>& index) {
  std::vector<std::string> names;
  const auto reader = reader_of(index);
  if (!reader) return names;
  for (size_t k = 0; k < index->video->frames.size(); ++k) {
    names.push_back(picture_name(*reader, static_cast<int64_t>(k)));
  }
  return names;
}

}  // namespace tessera::media

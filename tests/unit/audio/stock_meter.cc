#include "stock_meter.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace tessera::audio::testing {
namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> part{};
  for (size_t n = 0; (n = fread(part.data(), 1, part.size(), pipe)) > 0;) text.append(part.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

/// The number after the last `label` of a summary.
double number_after(const std::string& text, const std::string& label) {
  const size_t at = text.rfind(label);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no \"" << label << "\" in: " << text;
    return 0;
  }
  return std::strtod(text.c_str() + at + label.size(), nullptr);
}

}  // namespace

StockLoudness stock_loudness(std::span<const float> samples) {
  std::string path = (std::filesystem::temp_directory_path() / "tessera-audio-XXXXXX").string();
  const int file = mkstemp(path.data());
  EXPECT_GE(file, 0);
  FILE* out = fdopen(file, "wb");
  EXPECT_EQ(fwrite(samples.data(), sizeof(float), samples.size(), out), samples.size());
  fclose(out);
  const std::string text = output_of("ffmpeg -hide_banner -nostdin -f f32le -ar 48000 -ac 2 -i " + path +
                                     " -af ebur128=peak=true -f null - 2>&1");
  std::filesystem::remove(path);
  const size_t summary = text.rfind("Summary:");
  EXPECT_NE(summary, std::string::npos) << text;
  return {number_after(text.substr(0, text.rfind("Loudness range:")), "I:"), number_after(text, "Peak:")};
}

}  // namespace tessera::audio::testing

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "engine/media/audio_reader.h"
#include "engine/media/encode.h"

/// Made sound and what is measured of it, for the tests of the AAC encoder and the MP4 writer.
namespace tessera::media::testing {

/// Chords with a beat, another in each channel: interleaved stereo that AAC can keep well and that fits itself at one
/// lag only.
inline std::vector<float> chords(int64_t samples) {
  std::vector<float> out;
  for (int64_t n = 0; n < samples; ++n) {
    const double t = 2 * std::numbers::pi * static_cast<double>(n) / kMixRate;
    const double beat = 0.6 + 0.4 * std::sin(t * 3.1 + 1e-4 * std::pow(static_cast<double>(n % 9973), 1.2));
    out.push_back(static_cast<float>(beat * (0.2 * std::sin(311 * t) + 0.15 * std::sin(1234.5 * t + std::sin(7 * t)))));
    out.push_back(static_cast<float>(beat * (0.2 * std::sin(473 * t) + 0.15 * std::sin(2345.6 * t + std::sin(5 * t)))));
  }
  return out;
}

struct EncodedSound {
  StreamInfo info;
  std::vector<Packet> packets;
};

/// @param seed of the sizes of the blocks that the encoder gets
inline EncodedSound encode_sound(std::span<const float> samples, uint32_t seed, int64_t bitrate_bps = 128'000) {
  EncodedSound all;
  auto encoder = AudioEncoder::create("aac", bitrate_bps);
  if (!encoder) {
    ADD_FAILURE() << describe(encoder.error());
    return all;
  }
  all.info = (*encoder)->info();
  std::mt19937 random(seed);
  while (!samples.empty()) {
    const size_t part = std::min(samples.size(), 2 * std::uniform_int_distribution<size_t>(1, 9000)(random));
    EXPECT_TRUE((*encoder)->encode(samples.first(part), all.packets));
    samples = samples.subspan(part);
  }
  EXPECT_TRUE((*encoder)->finish(all.packets));
  return all;
}

inline std::vector<float> read_floats(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

/// How many samples later `b` is than `a`, by the left channels' correlation over a second from the middle.
inline int64_t lag_of(const std::vector<float>& a, const std::vector<float>& b) {
  const int64_t first = static_cast<int64_t>(a.size() / 4);
  int64_t best = 0;
  double highest = -1;
  for (int64_t lag = -1500; lag <= 1500; ++lag) {
    double sum = 0;
    for (int64_t n = first; n < first + 12'000; ++n) {
      sum += static_cast<double>(a[static_cast<size_t>(2 * n)]) *
             static_cast<double>(b[static_cast<size_t>(2 * (n + lag))]);
    }
    if (sum > highest) {
      highest = sum;
      best = lag;
    }
  }
  return best;
}

inline double snr_db(std::span<const float> signal, std::span<const float> copy) {
  double power = 0;
  double noise = 0;
  for (size_t i = 0; i < signal.size(); ++i) {
    power += std::pow(static_cast<double>(signal[i]), 2);
    noise += std::pow(static_cast<double>(signal[i]) - static_cast<double>(copy[i]), 2);
  }
  return 10 * std::log10(power / noise);
}

}  // namespace tessera::media::testing

#include "engine/media/audio_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>

#include "tests/unit/media/reader_tools.h"

// Sound on the take's clock: signals whose every sample is known, through real encoders and containers.
namespace tessera::media {
namespace {

constexpr double kPi = 3.14159265358979323846;

std::unique_ptr<AudioReader> open(const std::shared_ptr<const TakeIndex>& index) {
  if (!index) return nullptr;
  auto reader = AudioReader::open(index, {});
  EXPECT_TRUE(reader) << (reader ? "" : describe(reader.error()));
  return reader ? *std::move(reader) : nullptr;
}

std::vector<float> read(AudioReader& reader, int64_t first, int64_t count) {
  std::vector<float> out(static_cast<size_t>(count) * 2);
  const auto status = reader.read(first, out);
  EXPECT_TRUE(status) << (status ? "" : describe(status.error()));
  return out;
}

std::vector<float> read_all(AudioReader& reader, int64_t count, int64_t step = 1000) {
  std::vector<float> all;
  for (int64_t first = 0; first < count; first += step) {
    const std::vector<float> part = read(reader, first, std::min(step, count - first));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// A 16-bit WAV file.
void write_wav(const std::string& path, int rate, int channels, const std::vector<int16_t>& samples) {
  std::vector<uint8_t> file;
  const auto text = [&](std::string_view word) {
    for (const char c : word) file.push_back(static_cast<uint8_t>(c));
  };
  const auto number = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  const auto data_bytes = static_cast<uint32_t>(samples.size() * 2);
  text("RIFF");
  number(36 + data_bytes, 4);
  text("WAVE");
  text("fmt ");
  number(16, 4);
  number(1, 2);
  number(static_cast<uint32_t>(channels), 2);
  number(static_cast<uint32_t>(rate), 4);
  number(static_cast<uint32_t>(rate * channels * 2), 4);
  number(static_cast<uint32_t>(channels * 2), 2);
  number(16, 2);
  text("data");
  number(data_bytes, 4);
  for (const int16_t sample : samples) number(static_cast<uint16_t>(sample), 2);
  write_file(path, file);
}

/// Mono, quiet but for bursts of a 3 kHz tone with a smooth hull, 4 ms long, centred on these times in seconds.
std::vector<int16_t> bursts(int rate, double seconds, const std::vector<double>& at) {
  std::vector<int16_t> samples(static_cast<size_t>(rate * seconds), 0);
  for (const double time : at) {
    for (size_t n = 0; n < samples.size(); ++n) {
      const double t = static_cast<double>(n) / rate - time;
      if (std::abs(t) > 0.002) continue;
      const double hull = 0.5 + 0.5 * std::cos(kPi * t / 0.002);
      samples[n] = static_cast<int16_t>(std::lround(20000 * hull * std::cos(2 * kPi * 3000 * t)));
    }
  }
  return samples;
}

/// Where the energy within 15 ms of a time has its centre, in seconds.
double centre_near(const std::vector<float>& stereo, double time) {
  double energy = 0;
  double moment = 0;
  const auto from = static_cast<int64_t>((time - 0.015) * kMixRate);
  const auto to = static_cast<int64_t>((time + 0.015) * kMixRate);
  for (int64_t n = std::max<int64_t>(from, 0); n < to; ++n) {
    const double value = stereo.at(static_cast<size_t>(n) * 2);
    energy += value * value;
    moment += value * value * static_cast<double>(n) / kMixRate;
  }
  EXPECT_GT(energy, 1.0) << "no burst near " << time;
  return moment / energy;
}

struct Codec {
  std::string name;
  int rate;
  std::string options;
  double tolerance_s;
};
void PrintTo(const Codec& codec, std::ostream* out) { *out << codec.name; }

class Bursts : public testing::TestWithParam<Codec> {};

TEST_P(Bursts, AreHeardWhenTheyWereMade) {
  const TempDir dir;
  const std::vector<double> times{0.05, 0.51, 1.1234, 2.0, 2.75, 3.9};
  write_wav(dir / "in.wav", GetParam().rate, 1, bursts(GetParam().rate, 4, times));
  const std::string path = dir / GetParam().name;
  ffmpeg("-i " + (dir / "in.wav") + " " + GetParam().options + " " + path);
  const auto index = index_of(path);
  const auto reader = open(index);
  ASSERT_TRUE(reader);
  const std::vector<float> all = read_all(*reader, 4 * kMixRate + 500, 777);
  for (const double time : times) EXPECT_NEAR(centre_near(all, time), time, GetParam().tolerance_s);
  for (size_t n = 0; n < all.size(); n += 2) ASSERT_EQ(all[n], all[n + 1]) << "mono is the same on both sides";

  // Each by itself, in no order: found at the same place.
  for (const size_t i : {4U, 1U, 5U, 0U, 3U, 2U}) {
    const auto first = static_cast<int64_t>((times[i] - 0.02) * kMixRate);
    const auto other = open(index);
    ASSERT_TRUE(other);
    std::vector<float> near(static_cast<size_t>(first) * 2, 0.0F);
    const std::vector<float> part = read(*other, first, kMixRate / 20);
    near.insert(near.end(), part.begin(), part.end());
    EXPECT_NEAR(centre_near(near, times[i]), times[i], GetParam().tolerance_s) << "after a seek";
  }
}

// Exact formats keep the place to a fraction of a sample; transforms smear a burst a little, and WebM rounds to 1 ms.
INSTANTIATE_TEST_SUITE_P(
    Codecs, Bursts,
    testing::Values(Codec{"pcm.mkv", 48000, "-c:a pcm_s16le", 0.00001},
                    Codec{"pcm.wav", 48000, "-c:a pcm_s24le", 0.00001}, Codec{"flac.flac", 44100, "-c:a flac", 0.00001},
                    Codec{"flac_22k.mkv", 22050, "-c:a flac", 0.00001},
                    Codec{"aac.mp4", 48000, "-c:a aac -b:a 192k", 0.0005},
                    Codec{"aac_44k.mp4", 44100, "-c:a aac -b:a 192k", 0.0005},
                    Codec{"aac_fragments.mp4", 48000,
                          "-c:a aac -b:a 192k -movflags frag_keyframe+delay_moov -frag_duration 500000", 0.0005},
                    Codec{"opus.webm", 48000, "-c:a libopus -b:a 192k", 0.001},
                    Codec{"opus.mp4", 48000, "-c:a libopus -b:a 192k -strict -2", 0.0005},
                    Codec{"mp3.mp3", 44100, "-c:a libmp3lame -b:a 256k", 0.0005}),
    [](const auto& codec) {
      std::string name = codec.param.name;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

/// Reads a file once from start to end and then in shuffled pieces of odd lengths; the greatest difference.
double random_order_difference(const std::string& path, double seconds) {
  const auto index = index_of(path);
  const auto straight = open(index);
  const auto random = open(index);
  if (!straight || !random) return 1e9;
  const auto count = static_cast<int64_t>(seconds * kMixRate);
  const std::vector<float> all = read_all(*straight, count);
  EXPECT_EQ(read_all(*open(index), count, 4099), all) << "reading straight on gives the same whatever the step";
  constexpr unsigned kSeed = 20240511;
  std::mt19937 engine(kSeed);
  double worst = 0;
  for (int i = 0; i < 60; ++i) {
    const auto first = static_cast<int64_t>(engine() % static_cast<unsigned>(count));
    const auto length = std::min<int64_t>(count - first, 1 + static_cast<int64_t>(engine() % 5000));
    const std::vector<float> part = read(*random, first, length);
    for (size_t k = 0; k < part.size(); ++k) {
      worst = std::max<double>(worst, std::abs(part[k] - all[static_cast<size_t>(first) * 2 + k]));
    }
  }
  return worst;
}

TEST(AnyOrder, GivesTheSamplesOfStraightReading) {
  const TempDir dir;
  const std::string noise = "-f lavfi -i anoisesrc=d=12:c=pink:a=0.5:seed=7:r=";
  ffmpeg(noise + "48000 -c:a pcm_s16le " + (dir / "a.mkv"));
  ffmpeg(noise + "44100 -c:a flac " + (dir / "b.mkv"));
  ffmpeg(noise + "44100 -c:a flac " + (dir / "c.flac"));
  ffmpeg(noise + "48000 -c:a aac -aac_pns 0 " + (dir / "d.mp4"));
  ffmpeg(noise + "44100 -c:a aac -aac_pns 0 " + (dir / "e.ts"));
  ffmpeg(noise + "48000 -c:a libopus " + (dir / "f.webm"));
  ffmpeg(noise + "44100 -c:a libmp3lame " + (dir / "g.mp3"));
  EXPECT_EQ(random_order_difference(dir / "a.mkv", 12.5), 0.0);
  EXPECT_EQ(random_order_difference(dir / "b.mkv", 12.5), 0.0);
  EXPECT_EQ(random_order_difference(dir / "c.flac", 12.5), 0.0);
  EXPECT_LT(random_order_difference(dir / "d.mp4", 12.5), 1e-3);
  EXPECT_LT(random_order_difference(dir / "e.ts", 12.5), 1e-3);
  EXPECT_LT(random_order_difference(dir / "f.webm", 12.5), 1e-2);
  EXPECT_LT(random_order_difference(dir / "g.mp3", 12.5), 1e-3);
}

TEST(Resampling, KeepsAToneAndItsPhase) {
  const TempDir dir;
  std::vector<int16_t> samples(44100);
  for (size_t n = 0; n < samples.size(); ++n) {
    samples[n] = static_cast<int16_t>(std::lround(16384 * std::sin(2 * kPi * 997 * static_cast<double>(n) / 44100)));
  }
  write_wav(dir / "a.wav", 44100, 1, samples);
  const auto reader = open(index_of(dir / "a.wav"));
  ASSERT_TRUE(reader);
  const std::vector<float> all = read_all(*reader, kMixRate);
  // The ends, where the tone is cut, ring.
  for (int n = 100; n < kMixRate - 100; ++n) {
    ASSERT_NEAR(all[static_cast<size_t>(n) * 2], 0.5 * std::sin(2 * kPi * 997 * n / kMixRate), 2e-4) << n;
  }
}

TEST(Downmix, KeepsStereoAndTakesSixChannelsInWithoutClipping) {
  const TempDir dir;
  std::vector<int16_t> stereo;
  std::vector<int16_t> six;
  for (int n = 0; n < 4800; ++n) {
    stereo.insert(stereo.end(), {static_cast<int16_t>(n), static_cast<int16_t>(-2 * n)});
    six.insert(six.end(), 6, 32767);
  }
  write_wav(dir / "stereo.wav", 48000, 2, stereo);
  write_wav(dir / "six.wav", 48000, 6, six);
  const auto two = open(index_of(dir / "stereo.wav"));
  ASSERT_TRUE(two);
  const std::vector<float> all = read_all(*two, 4800);
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<float>(stereo[i]) / 32768.0F) << i;
  const auto surround = open(index_of(dir / "six.wav"));
  ASSERT_TRUE(surround);
  const std::vector<float> mixed = read_all(*surround, 4800);
  EXPECT_GT(*std::min_element(mixed.begin(), mixed.end()), 0.9F);
  EXPECT_LE(*std::max_element(mixed.begin(), mixed.end()), 1.0F);
}

TEST(Silence, IsWhereTheStreamIsNot) {
  const TempDir dir;
  // Sound from 0.5 s, with a hole from 1.5 to 2.5 s, to 3.5 s; pictures from 0 to 5 s.
  ffmpeg(
      "-f lavfi -i testsrc2=s=64x32:r=25:d=5 -itsoffset 0.5 -f lavfi -i sine=f=1000:d=3:r=48000:samples_per_frame=480 "
      "-af \"aselect='not(between(t,1.4999,2.4989))'\" -c:v libx264 -preset ultrafast -c:a pcm_s16le " +
      (dir / "a.mkv"));
  const auto index = index_of(dir / "a.mkv");
  const auto reader = open(index);
  ASSERT_TRUE(reader);
  EXPECT_EQ(index->audio->start, 500'000);
  const std::vector<float> all = read_all(*reader, 5 * kMixRate);
  for (int ms = 0; ms < 5000; ms += 10) {
    double energy = 0;
    for (int n = ms * 48; n < (ms + 10) * 48; ++n) energy += std::abs(all[static_cast<size_t>(n) * 2]);
    const bool sounding = (ms >= 500 && ms < 1500) || (ms >= 2500 && ms < 3500);
    ASSERT_EQ(energy > 1.0, sounding) << ms << " ms";
  }
  EXPECT_EQ(read(*reader, -48000, 100), std::vector<float>(200, 0.0F));
  EXPECT_EQ(read(*reader, int64_t{48000} * 3600, 100), std::vector<float>(200, 0.0F));
}

TEST(Silence, IsWhereTheFileIsDamaged) {
  const TempDir dir;
  ffmpeg("-f lavfi -i sine=f=1000:d=6:r=48000 -c:a aac -b:a 128k " + (dir / "a.ts"));
  std::vector<uint8_t> file = bytes_of_file(dir / "a.ts");
  const auto good = open(index_of(dir / "a.ts"));
  ASSERT_TRUE(good);
  const std::vector<float> whole = read_all(*good, 6 * kMixRate);
  const size_t hole = file.size() / 2 / 188 * 188;
  file.erase(file.begin() + static_cast<ptrdiff_t>(hole), file.begin() + static_cast<ptrdiff_t>(hole) + 10 * 188);
  for (size_t at = file.size() / 4; at < file.size() / 4 + 3000; at += 97) file[at] ^= 0x5A;
  write_file(dir / "b.ts", file);
  const auto index = index_of(dir / "b.ts");
  const auto reader = open(index);
  ASSERT_TRUE(reader);
  const auto corrupt = std::count_if(index->losses.begin(), index->losses.end(),
                                     [](const LossSpan& loss) { return loss.reason == "corrupt sound"; });
  EXPECT_GE(corrupt, 1);
  const std::vector<float> damaged = read_all(*reader, 6 * kMixRate);
  EXPECT_EQ(read_all(*open(index), 6 * kMixRate, 333), damaged);
  size_t silent = 0;
  for (size_t i = 0; i < damaged.size(); ++i) {
    ASSERT_TRUE(std::isfinite(damaged[i]) && std::abs(damaged[i]) < 2.0F) << i;
    silent += damaged[i] == 0.0F;
  }
  EXPECT_GT(silent, damaged.size() / 100);
  // Before and behind the damage, every sample is where it was.
  double worst = 0;
  for (size_t i = 0; i < 2 * kMixRate; ++i) worst = std::max<double>(worst, std::abs(damaged[i] - whole[i]));
  for (size_t i = 9 * kMixRate; i < 12 * kMixRate; ++i)
    worst = std::max<double>(worst, std::abs(damaged[i] - whole[i]));
  EXPECT_LT(worst, 1e-3);
}

TEST(Timestamps, MoveSoundOnlyWhereTheyDisagreeByMoreThanJitter) {
  const TempDir dir;
  const std::vector<double> times{0.5, 1.5, 2.5, 3.5};
  write_wav(dir / "in.wav", 48000, 1, bursts(48000, 4, times));
  // Packets of 20 ms whose stamps waver by 6 ms: a rule that followed them would tear the sound.
  ffmpeg("-i " + (dir / "in.wav") + " -c:a pcm_s16le " + (dir / "plain.mkv"));
  ffmpeg("-i " + (dir / "plain.mkv") + " -c copy -bsf:a \"setts=ts=PTS+if(mod(N\\,3)\\,6\\,0)\" " +
         (dir / "jitter.mkv"));
  ffmpeg("-i " + (dir / "plain.mkv") + " -c copy -bsf:a \"setts=ts=PTS+if(gte(PTS\\,2000)\\,500\\,0)\" " +
         (dir / "jump.mkv"));
  const auto straight = open(index_of(dir / "plain.mkv"));
  const auto jitter = open(index_of(dir / "jitter.mkv"));
  const auto jump = open(index_of(dir / "jump.mkv"));
  ASSERT_TRUE(straight && jitter && jump);
  EXPECT_EQ(read_all(*jitter, 4 * kMixRate), read_all(*straight, 4 * kMixRate));
  const std::vector<float> moved = read_all(*jump, 5 * kMixRate);
  EXPECT_NEAR(centre_near(moved, 1.5), 1.5, 0.00001);
  EXPECT_NEAR(centre_near(moved, 3.0), 3.0, 0.001);
  EXPECT_NEAR(centre_near(moved, 4.0), 4.0, 0.001);
}

}  // namespace
}  // namespace tessera::media

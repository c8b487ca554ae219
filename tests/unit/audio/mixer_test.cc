#include "engine/audio/mixer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/media/audio_reader.h"
#include "stock_meter.h"

/// The mixer over a real timeline and files made here.
namespace tessera::audio {
namespace {

constexpr Micros kSecond = kMicrosPerSecond;

class MixerTest : public ::testing::Test {
 protected:
  MixerTest() : log_(LogLevel::kOff, LogFormat::kText) {
    std::string name = (std::filesystem::temp_directory_path() / "tessera-mixer-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~MixerTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// A 48 kHz mono WAV of 16-bit samples, indexed.
  SoundIndex wav(const std::string& name, const std::vector<int16_t>& samples) {
    const std::string path = folder_ + "/" + name;
    const auto bytes = static_cast<uint32_t>(samples.size() * 2);
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](uint32_t value, int count) {
      for (int i = 0; i < count; ++i) file.put(static_cast<char>(value >> (8 * i) & 0xff));
    };
    file << "RIFF";
    put(36 + bytes, 4);
    file << "WAVEfmt ";
    put(16, 4);
    put(1, 2);
    put(1, 2);
    put(48'000, 4);
    put(96'000, 4);
    put(2, 2);
    put(16, 2);
    file << "data";
    put(bytes, 4);
    for (const int16_t sample : samples) put(static_cast<uint16_t>(sample), 2);
    file.close();
    auto index = media::index_take(path, {}, {}, "", log_);
    EXPECT_TRUE(index) << (index ? "" : describe(index.error()));
    return index ? *index : nullptr;
  }

  int guest(const std::string& id) {
    spec::Guest made;
    made.id = id;
    show_.job.guests.push_back(made);
    return static_cast<int>(show_.job.guests.size()) - 1;
  }
  void take(int of, const SoundIndex& index, const spec::Take& take) {
    auto& takes = show_.job.guests[static_cast<size_t>(of)].takes;
    takes_.emplace_back(of, static_cast<int>(takes.size()), take, index);
    takes.push_back(take);
  }
  void event(Micros t, const std::string& type, spec::EventBody body) {
    show_.events.push_back({t, "", type, static_cast<int>(show_.events.size()) + 1, std::move(body)});
  }

  /// The left channel of the whole mix.
  std::vector<float> mix(int64_t samples, MixReport* report = nullptr) {
    const timeline::Timeline timeline(show_, takes_);
    spec::Mix wanted;
    wanted.id = "main";
    auto mixer = Mixer::create(timeline, sounds_, wanted, samples, {}, log_);
    EXPECT_TRUE(mixer) << (mixer ? "" : describe(mixer.error()));
    if (!mixer) return std::vector<float>(static_cast<size_t>(samples));
    both_.resize(static_cast<size_t>(samples * 2));
    EXPECT_TRUE((*mixer)->read(both_));
    if (report != nullptr) *report = (*mixer)->report();
    std::vector<float> left;
    for (size_t i = 0; i < both_.size(); i += 2) left.push_back(both_[i]);
    return left;
  }

  spec::Show show_;
  std::vector<timeline::PlacedTake> takes_;
  std::vector<SoundIndex> sounds_;
  std::vector<float> both_;
  std::string folder_;
  Log log_;
};

/// Quiet but for clicks at these samples.
std::vector<int16_t> clicks(size_t length, std::initializer_list<size_t> at) {
  std::vector<int16_t> samples(length);
  for (const size_t n : at) samples[n] = 8000;
  return samples;
}

std::vector<size_t> places(const std::vector<float>& mix) {
  std::vector<size_t> found;
  const float highest = *std::max_element(mix.begin(), mix.end());
  for (size_t n = 0; n < mix.size(); ++n) {
    if (mix[n] > highest / 2) found.push_back(n);
  }
  return found;
}

TEST_F(MixerTest, TakesAreHeardAtTheirShowTimesWhileTheirGuestIsOnStageAndNotMuted) {
  const int host = guest("host");
  const int ada = guest("ada");
  spec::Take placed;
  placed.at = 500'000;
  placed.in = kSecond;
  placed.out = 5 * kSecond;
  // Take seconds 0.5 (before `in`), 1.5, 2.5, 3.5 (muted), 4.5 and 5.5 (after `out`): show = take - 0.5.
  take(host, wav("host.wav", clicks(300'000, {24'000, 72'000, 120'000, 168'000, 216'000, 264'000})), placed);
  spec::Take late;
  late.at = 2 * kSecond;
  take(ada, wav("ada.wav", clicks(150'000, {12'000, 60'000, 108'000})), late);
  event(2'900'000, "guest.mute", spec::GuestMute{"host", true, false});
  event(3'100'000, "guest.unmute", spec::GuestUnmute{"host", true, false});
  event(4 * kSecond, "guest.leave", spec::GuestLeave{"ada"});
  EXPECT_EQ(places(mix(6 * 48'000)), (std::vector<size_t>{48'000, 96'000, 108'000, 156'000, 192'000}));
}

TEST_F(MixerTest, AMuteLeaksNoSample) {
  const int host = guest("host");
  take(host, wav("host.wav", std::vector<int16_t>(240'000, 600)), {});
  event(1'000'021, "guest.mute", spec::GuestMute{"host", true, true});
  event(3 * kSecond, "guest.unmute", spec::GuestUnmute{"host", true, true});
  const std::vector<float> left = mix(5 * 48'000);
  EXPECT_GT(left[47'700], 0.01F);
  for (size_t n = 48'002; n <= 144'000; ++n) ASSERT_EQ(left[n], 0.0F) << n;
  EXPECT_EQ(left[144'240], left[47'700]);
}

TEST_F(MixerTest, MusicLoopsUnderATalkAndGivesWayToIt) {
  const int host = guest("host");
  std::vector<int16_t> words(480'000);
  for (size_t n = 144'000; n < 288'000; ++n) {
    words[n] = static_cast<int16_t>(std::lround(8000 * std::sin(2 * M_PI * 5000 * static_cast<double>(n) / 48'000)));
  }
  take(host, wav("host.wav", words), {});
  std::vector<int16_t> tone(60'000);  // 1.25 s of 440 Hz: 550 whole periods
  for (size_t n = 0; n < tone.size(); ++n) {
    tone[n] = static_cast<int16_t>(std::lround(3000 * std::sin(2 * M_PI * 440 * static_cast<double>(n) / 48'000)));
  }
  sounds_.push_back(wav("tone.wav", tone));
  spec::Sound music;
  music.at = kSecond;
  music.gain_mdb = -6000;
  music.loop = true;
  music.duck = true;
  show_.job.sounds.push_back(music);
  MixReport report;
  const std::vector<float> left = mix(10 * 48'000, &report);
  EXPECT_EQ(left[47'999], 0.0F);
  const double level = 3000.0 / 32'768 * std::pow(10, (report.applied_gain_db - 6) / 20);
  for (size_t n = 48'240; n < 143'000; ++n) {
    ASSERT_NEAR(left[n], level * std::sin(2 * M_PI * 440 * static_cast<double>(n - 48'000) / 48'000), level / 500) << n;
  }
  // By correlation over whole periods of both tones.
  const auto tone_level = [&](size_t first) {
    double re = 0;
    double im = 0;
    for (size_t n = first; n < first + 48'000; ++n) {
      re += static_cast<double>(left[n]) * std::cos(2 * M_PI * 440 * static_cast<double>(n) / 48'000);
      im += static_cast<double>(left[n]) * std::sin(2 * M_PI * 440 * static_cast<double>(n) / 48'000);
    }
    return std::hypot(re, im) / 24'000;
  };
  EXPECT_NEAR(20 * std::log10(tone_level(220'000) / level), -12, 0.1);
  EXPECT_NEAR(20 * std::log10(tone_level(420'000) / level), 0, 0.1);
}

TEST_F(MixerTest, CompressedTakesAreMixedToTheTarget) {
  const int host = guest("host");
  const std::string path = folder_ + "/talk.mp4";
  const std::string command =
      "ffmpeg -nostdin -v error -f lavfi -i 'anoisesrc=color=pink:sample_rate=44100:amplitude=0.1:seed=7:duration=8,"
      "tremolo=f=4:d=0.8' -c:a aac -b:a 96k -y " +
      path;
  ASSERT_EQ(std::system(command.c_str()), 0);
  auto index = media::index_take(path, {}, {}, "", log_);
  ASSERT_TRUE(index) << describe(index.error());
  take(host, *index, {});
  MixReport report;
  mix(8 * 48'000, &report);
  const auto measured = testing::stock_loudness(both_);
  EXPECT_NEAR(measured.lufs, -16, 0.5);
  EXPECT_LE(measured.true_peak_dbfs, -1.0);
  EXPECT_NEAR(report.integrated_lufs, measured.lufs, 0.15);
  const std::vector<float> first = both_;
  mix(8 * 48'000);
  EXPECT_EQ(both_, first) << "the same show gives the same samples";
}

TEST_F(MixerTest, LostTakesAndMissingSoundsAreSilent) {
  const int host = guest("host");
  take(host, nullptr, {});
  sounds_.push_back(nullptr);
  show_.job.sounds.emplace_back();
  for (const float value : mix(48'000)) ASSERT_EQ(value, 0.0F);
}

}  // namespace
}  // namespace tessera::audio

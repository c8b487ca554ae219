#include <gtest/gtest.h>

#include "tests/unit/media/pictures.h"
#include "tests/unit/media/sound.h"

namespace tessera::media {
namespace {

using testing::chords;
using testing::encode_sound;
using testing::EncodedSound;
using testing::TempFolder;

/// The packets as ADTS (ISO/IEC 13818-7): a stream that tells nothing of priming, so every decoded sample comes out.
std::vector<uint8_t> adts(const EncodedSound& sound) {
  std::vector<uint8_t> bytes;
  for (const Packet& packet : sound.packets) {
    const size_t length = packet.data.size() + 7;
    // AAC-LC, 48 kHz (index 3), 2 channels, no CRC.
    const uint8_t header[] = {0xff,
                              0xf1,
                              static_cast<uint8_t>(1 << 6 | 3 << 2),
                              static_cast<uint8_t>(2 << 6 | length >> 11),
                              static_cast<uint8_t>(length >> 3 & 0xff),
                              static_cast<uint8_t>((length & 7) << 5 | 0x1f),
                              0xfc};
    bytes.insert(bytes.end(), std::begin(header), std::end(header));
    bytes.insert(bytes.end(), packet.data.begin(), packet.data.end());
  }
  return bytes;
}

TEST(AacEncoder, TheStockDecoderGivesTheSoundBackInItsPlace) {
  const int64_t samples = 48'000 * 4 + 777;
  const std::vector<float> sound = chords(samples);
  const EncodedSound encoded = encode_sound(sound, 1);
  const TempFolder folder;
  testing::write_file(folder.file("a.aac"), adts(encoded));
  testing::run("ffmpeg -nostdin -v error -i " + folder.file("a.aac") + " -f f32le -y " + folder.file("a.f32"));
  std::vector<float> decoded = testing::read_floats(folder.file("a.f32"));
  ASSERT_EQ(decoded.size(), encoded.packets.size() * 1024 * 2);
  ASSERT_GE(encoded.info.initial_padding, 0);
  decoded.erase(decoded.begin(), decoded.begin() + encoded.info.initial_padding * 2);
  ASSERT_GE(decoded.size(), sound.size()) << "the end is missing";
  EXPECT_EQ(testing::lag_of(sound, decoded), 0);
  EXPECT_GT(testing::snr_db(sound, decoded), 20);
}

TEST(AacEncoder, PacketsCoverThePrimingAndEverySampleAndNoMore) {
  for (const int64_t samples : {1, 1023, 1024, 1025, 48'000, 96'256}) {
    const EncodedSound encoded = encode_sound(chords(samples), 2);
    int64_t next = -encoded.info.initial_padding;
    for (const Packet& packet : encoded.packets) {
      EXPECT_EQ(packet.pts, next);
      EXPECT_EQ(packet.dts, packet.pts);
      EXPECT_TRUE(packet.key);
      EXPECT_GT(packet.duration, 0);
      EXPECT_TRUE(packet.duration == 1024 || &packet == &encoded.packets.back());
      next += packet.duration;
    }
    EXPECT_EQ(next, samples);
  }
}

TEST(AacEncoder, TheSameSoundGivesTheSameBytesHoweverItIsCut) {
  const std::vector<float> sound = chords(100'000);
  const EncodedSound first = encode_sound(sound, 3);
  const EncodedSound second = encode_sound(sound, 4);
  const std::vector<uint8_t> bytes = adts(first);
  EXPECT_EQ(bytes, adts(second));
  EXPECT_EQ(first.info.extradata, second.info.extradata);
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_EQ(text.find("Lavc"), std::string::npos) << "the encoder's version must not be in the stream";
}

TEST(AacEncoder, DescribesItselfAsAacLc) {
  const auto encoder = AudioEncoder::create("aac", 96'000);
  ASSERT_TRUE(encoder);
  const StreamInfo& info = (*encoder)->info();
  EXPECT_EQ(info.codecs, "mp4a.40.2");
  ASSERT_GE(info.extradata.size(), 2U);
  EXPECT_EQ(info.extradata[0], 0x11) << "object type 2, rate index 3 ...";
  EXPECT_EQ(info.extradata[1] & 0xf8, 0x90) << "... and 2 channels";
  EXPECT_EQ(info.sample_rate, 48'000);
  EXPECT_EQ(info.channels, 2);
}

TEST(AacEncoder, RefusesWhatItCanNotDo) {
  EXPECT_EQ(AudioEncoder::create("opus", 96'000).error().code, Errc::kBadInput);
  EXPECT_EQ(AudioEncoder::create("aac", 0).error().code, Errc::kBadInput);
  EXPECT_EQ(AudioEncoder::create("aac", 10'000'000).error().code, Errc::kBadInput);
}

}  // namespace
}  // namespace tessera::media

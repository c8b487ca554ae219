#include "engine/media/box.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/unit/media/pictures.h"

namespace tessera::media {
namespace {

using testing::encode_chunks;
using testing::Encoded;
using testing::picture;
using testing::run;
using testing::TempFolder;
using testing::write_file;
using Data = std::vector<uint8_t>;

constexpr int64_t kChunk = 24;
constexpr int64_t kSegment = 8;

/// 56 coded pictures in chunks of 24; segments of 8.
Encoded coded_video(const Rational& fps) {
  VideoEncoderSettings s;
  s.width = 96;
  s.height = 160;
  s.fps = fps;
  s.quality = 30;
  s.bframes = 2;
  s.gop_frames = kSegment;
  s.chunk_frames = kChunk;
  std::vector<FrameRef> frames;
  for (int64_t n = 0; n < 56; ++n) frames.push_back(picture(s.width, s.height, 8, n, 1, 8));
  return encode_chunks(s, kChunk, frames);
}

/// Sound as an encoder gives it: the first packet is priming, before time 0. The bytes mean nothing.
Encoded coded_audio() {
  Encoded coded;
  coded.info.codec = "aac";
  coded.info.codecs = "mp4a.40.2";
  coded.info.extradata = {0x11, 0x90};  // AAC-LC, 48 kHz, stereo
  coded.info.tick = {1, 48'000};
  coded.info.sample_rate = 48'000;
  coded.info.channels = 2;
  coded.info.initial_padding = 1024;
  coded.info.bitrate_bps = 128'000;
  for (int64_t k = 0; k < 100; ++k) {
    Packet packet;
    packet.data.assign(static_cast<size_t>(100 + k % 7), static_cast<uint8_t>(k));
    packet.pts = packet.dts = (k - 1) * 1024;
    packet.duration = 1024;
    packet.key = true;
    coded.packets.push_back(packet);
  }
  coded.packets.back().duration = 333;  // the sound ends within it
  return coded;
}

struct Boxed {
  Data init;
  std::vector<Data> segments;

  Data file() const {
    Data all = init;
    for (const Data& segment : segments) all.insert(all.end(), segment.begin(), segment.end());
    return all;
  }
};

/// Boxes packets into segments of `segment` packets with a new boxer every `chunk` packets.
Boxed box(const Encoded& coded, int64_t segment, int64_t chunk) {
  Boxed boxed;
  std::unique_ptr<CmafBoxer> boxer;
  const auto total = static_cast<int64_t>(coded.packets.size());
  for (int64_t n = 0; n < total; ++n) {
    if (n % chunk == 0) {
      auto made = CmafBoxer::create(coded.info, std::ssize(boxed.segments));
      if (!made) {
        ADD_FAILURE() << describe(made.error());
        return boxed;
      }
      boxer = std::move(*made);
      if (n > 0) {
        EXPECT_EQ(boxer->init(), boxed.init) << "every chunk has the same init segment";
      }
      boxed.init = boxer->init();
    }
    const auto added = boxer->add(coded.packets[static_cast<size_t>(n)]);
    EXPECT_TRUE(added) << describe(added.error());
    if ((n % chunk + 1) % segment == 0 || n + 1 == total) {
      auto cut = boxer->cut();
      EXPECT_TRUE(cut) << describe(cut.error());
      if (cut) boxed.segments.push_back(*cut);
    }
  }
  return boxed;
}

uint64_t number(const Data& data, size_t at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | data.at(at + static_cast<size_t>(i));
  return value;
}

/// The offset of a box's payload, by its path of names; 0 where there is none.
size_t find_box(const Data& data, const std::vector<std::string>& path) {
  size_t begin = 0;
  size_t end = data.size();
  for (const std::string& name : path) {
    size_t found = 0;
    for (size_t at = begin; at + 8 <= end;) {
      const size_t size = number(data, at, 4);
      if (size < 8 || at + size > end) return 0;
      if (std::string(data.begin() + static_cast<int64_t>(at) + 4, data.begin() + static_cast<int64_t>(at) + 8) ==
          name) {
        found = at + 8;
        end = at + size;
        break;
      }
      at += size;
    }
    if (found == 0) return 0;
    begin = found;
  }
  return begin;
}

std::string top_level(const Data& data) {
  std::string names;
  for (size_t at = 0; at + 8 <= data.size(); at += number(data, at, 4)) {
    names +=
        std::string(data.begin() + static_cast<int64_t>(at) + 4, data.begin() + static_cast<int64_t>(at) + 8) + " ";
    if (number(data, at, 4) < 8) return names + "broken";
  }
  return names;
}

/// What a segment's boxes say of its time, read from the bytes (ISO 14496-12, 8.8).
struct Fragment {
  uint64_t sequence = 0;
  uint64_t decode_time = 0;
  uint64_t duration = 0;  ///< sum of the samples' durations
  uint64_t samples = 0;
};

Fragment read_fragment(const Data& segment) {
  Fragment f;
  const size_t mfhd = find_box(segment, {"moof", "mfhd"});
  const size_t tfhd = find_box(segment, {"moof", "traf", "tfhd"});
  const size_t tfdt = find_box(segment, {"moof", "traf", "tfdt"});
  const size_t trun = find_box(segment, {"moof", "traf", "trun"});
  EXPECT_TRUE(mfhd != 0 && tfhd != 0 && tfdt != 0 && trun != 0);
  if (mfhd == 0 || tfhd == 0 || tfdt == 0 || trun == 0) return f;
  f.sequence = number(segment, mfhd + 4, 4);
  EXPECT_EQ(segment[tfdt], 1) << "64-bit decode times";
  f.decode_time = number(segment, tfdt + 4, 8);
  const uint64_t tfhd_flags = number(segment, tfhd, 4) & 0xffffff;
  EXPECT_NE(tfhd_flags & 0x20000, 0U) << "default-base-is-moof";
  EXPECT_EQ(tfhd_flags & 0x1, 0U) << "no base data offset";
  const size_t usual_at = tfhd + 8 + ((tfhd_flags & 0x2) != 0 ? 4 : 0);  // after the sample description's number
  const uint64_t usual = (tfhd_flags & 0x8) != 0 ? number(segment, usual_at, 4) : 0;
  const uint64_t flags = number(segment, trun, 4) & 0xffffff;
  f.samples = number(segment, trun + 4, 4);
  size_t at = trun + 8 + ((flags & 0x1) != 0 ? 4 : 0) + ((flags & 0x4) != 0 ? 4 : 0);
  for (uint64_t i = 0; i < f.samples; ++i) {
    f.duration += (flags & 0x100) != 0 ? number(segment, at, 4) : usual;
    for (const uint64_t field : {0x100, 0x200, 0x400, 0x800}) at += (flags & field) != 0 ? 4 : 0;
  }
  return f;
}

TEST(CmafBoxer, ChunksJoinWithoutAGap) {
  for (const char* rate : {"30", "25", "24", "30000/1001", "60000/1001", "24000/1001"}) {
    SCOPED_TRACE(rate);
    const Encoded coded = coded_video(parse_rate(rate).value());
    const Boxed boxed = box(coded, kSegment, kChunk);
    ASSERT_EQ(boxed.segments.size(), 7U);
    EXPECT_EQ(top_level(boxed.init), "ftyp moov ");
    const auto ticks = static_cast<uint64_t>(coded.packets[0].duration);
    uint64_t expected = 0;
    for (size_t k = 0; k < boxed.segments.size(); ++k) {
      SCOPED_TRACE(k);
      EXPECT_EQ(top_level(boxed.segments[k]), "styp moof mdat ");
      const Fragment f = read_fragment(boxed.segments[k]);
      EXPECT_EQ(f.sequence, k + 1);
      EXPECT_EQ(f.samples, uint64_t{kSegment});
      EXPECT_EQ(f.duration, ticks * f.samples);
      if (k > 0) {
        EXPECT_EQ(f.decode_time, expected) << "a gap in decode time";
      }
      expected = f.decode_time + f.duration;
    }
  }
}

TEST(CmafBoxer, ManyBoxersGiveTheBytesOfOne) {
  const Encoded video = coded_video({30, 1});
  EXPECT_EQ(box(video, kSegment, kChunk).segments, box(video, kSegment, 1000).segments);
  const Encoded audio = coded_audio();
  EXPECT_EQ(box(audio, 10, 20).segments, box(audio, 10, 1000).segments);
}

/// One line of numbers a packet, by the stock ffprobe.
std::vector<std::vector<int64_t>> probe_packets(const std::string& path) {
  std::istringstream lines(run("ffprobe -v error -show_entries packet=pts,dts,duration -of csv=p=0 " + path));
  std::vector<std::vector<int64_t>> packets;
  for (std::string line; std::getline(lines, line);) {
    std::vector<int64_t> values;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) values.push_back(std::stoll(field));
    packets.push_back(values);
  }
  return packets;
}

TEST(CmafBoxer, StockDemuxerSeesEveryFrameAtItsTime) {
  const TempFolder folder;
  for (const char* rate : {"30", "30000/1001", "60000/1001"}) {
    SCOPED_TRACE(rate);
    const Encoded coded = coded_video(parse_rate(rate).value());
    write_file(folder.file("v.mp4"), box(coded, kSegment, kChunk).file());
    const auto packets = probe_packets(folder.file("v.mp4"));
    ASSERT_EQ(packets.size(), coded.packets.size());
    const int64_t timescale = video_timescale(parse_rate(rate).value());
    const int64_t ticks = coded.packets[0].duration;
    std::vector<int64_t> shown;
    for (size_t i = 0; i < packets.size(); ++i) {
      ASSERT_EQ(packets[i].size(), 3U);
      EXPECT_GE(packets[i][1], 0);
      EXPECT_EQ(packets[i][2], ticks);
      shown.push_back(packets[i][0]);
    }
    std::sort(shown.begin(), shown.end());
    for (size_t n = 0; n < shown.size(); ++n) EXPECT_EQ(shown[n], timescale + static_cast<int64_t>(n) * ticks) << n;
    const std::string decoded = run(
        "ffprobe -v error -count_frames -show_entries stream=nb_read_frames,codec_tag_string,time_base,width,height,"
        "color_space,color_range,sample_aspect_ratio -of default=nw=1 " +
        folder.file("v.mp4"));
    for (const char* want : {"nb_read_frames=56\n", "codec_tag_string=avc1\n", "width=96\n", "height=160\n",
                             "color_space=bt709\n", "color_range=tv\n", "sample_aspect_ratio=1:1\n"}) {
      EXPECT_NE(decoded.find(want), std::string::npos) << want << decoded;
    }
    EXPECT_NE(decoded.find("time_base=1/" + std::to_string(timescale) + "\n"), std::string::npos) << decoded;
  }
}

TEST(CmafBoxer, PrimingStaysBeforeShowTimeZero) {
  const Boxed boxed = box(coded_audio(), 10, 20);
  ASSERT_EQ(boxed.segments.size(), 10U);
  EXPECT_EQ(read_fragment(boxed.segments[0]).decode_time, 48'000U - 1024U);
  for (size_t k = 1; k < boxed.segments.size(); ++k) {
    const Fragment before = read_fragment(boxed.segments[k - 1]);
    EXPECT_EQ(before.duration, 10U * 1024U);
    EXPECT_EQ(read_fragment(boxed.segments[k]).decode_time, before.decode_time + before.duration);
  }
}

TEST(CmafBoxer, HoursIntoAShow) {
  Encoded coded = coded_audio();
  const int64_t far = 48'000LL * 3600 * 30;  // 5.2e9: more than 32 bits
  for (Packet& packet : coded.packets) {
    packet.pts += far;
    packet.dts += far;
  }
  auto boxer = CmafBoxer::create(coded.info, 40'000);
  ASSERT_TRUE(boxer) << describe(boxer.error());
  for (const Packet& packet : coded.packets) ASSERT_TRUE((*boxer)->add(packet));
  const auto segment = (*boxer)->cut();
  ASSERT_TRUE(segment);
  const Fragment f = read_fragment(*segment);
  EXPECT_EQ(f.sequence, 40'001U);
  EXPECT_EQ(f.decode_time, static_cast<uint64_t>(far + 48'000 - 1024));
  EXPECT_EQ((*boxer)->init(), box(coded_audio(), 10, 20).init);
  const auto packets = unbox((*boxer)->init(), *segment);
  ASSERT_TRUE(packets) << describe(packets.error());
  ASSERT_EQ(packets->size(), 100U);
  EXPECT_EQ(packets->front().pts, far - 1024);
}

void expect_same(const std::vector<Packet>& got, const std::vector<Packet>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(got[i].data, want[i].data);
    EXPECT_EQ(got[i].pts, want[i].pts);
    EXPECT_EQ(got[i].dts, want[i].dts);
    EXPECT_EQ(got[i].duration, want[i].duration);
    EXPECT_EQ(got[i].key, want[i].key);
  }
}

TEST(Unbox, GivesBackWhatWasBoxed) {
  for (const Encoded& coded : {coded_video({30'000, 1001}), coded_audio()}) {
    SCOPED_TRACE(coded.info.codec);
    const Boxed boxed = box(coded, kSegment, kChunk);
    std::vector<Packet> all;
    for (const Data& segment : boxed.segments) {
      const auto packets = unbox(boxed.init, segment);
      ASSERT_TRUE(packets) << describe(packets.error());
      all.insert(all.end(), packets->begin(), packets->end());
    }
    expect_same(all, coded.packets);
    const auto info = stream_info(boxed.init);
    ASSERT_TRUE(info) << describe(info.error());
    EXPECT_EQ(info->codec, coded.info.codec);
    EXPECT_EQ(info->codecs, coded.info.codecs);
    EXPECT_EQ(info->extradata, coded.info.extradata);
    EXPECT_EQ(info->tick, coded.info.tick);
    EXPECT_EQ(info->width, coded.info.width);
    EXPECT_EQ(info->height, coded.info.height);
    EXPECT_EQ(info->sample_rate, coded.info.sample_rate);
    EXPECT_EQ(info->channels, coded.info.channels);
  }
}

TEST(Unbox, DamagedBytesAreAnErrorOrFewerPackets) {
  const Boxed boxed = box(coded_video({30, 1}), kSegment, kChunk);
  EXPECT_FALSE(unbox({}, {}));
  EXPECT_FALSE(unbox(boxed.segments[0], boxed.segments[0]));
  EXPECT_FALSE(stream_info(Data(100, 0x55)));
  constexpr uint32_t kSeed = 20;
  SCOPED_TRACE(kSeed);
  std::minstd_rand random(kSeed);
  for (int round = 0; round < 300; ++round) {
    Data init = boxed.init;
    Data segment = boxed.segments[0];
    for (int hit = 0; hit < 3; ++hit) {
      Data& victim = random() % 2 == 0 ? init : segment;
      victim[random() % std::min<size_t>(victim.size(), 700)] = static_cast<uint8_t>(random());
    }
    if (round % 3 == 0) segment.resize(random() % segment.size());
    const auto packets = unbox(init, segment);
    if (packets) {
      EXPECT_LE(packets->size(), 100'000U);
    }
    (void)stream_info(init);
  }
}

TEST(CmafBoxer, SaysWhatItWants) {
  StreamInfo info = coded_audio().info;
  info.sample_rate = 0;
  EXPECT_FALSE(CmafBoxer::create(info, 0));
  info = coded_audio().info;
  info.codec = "nothing";
  EXPECT_FALSE(CmafBoxer::create(info, 0));
  EXPECT_FALSE(CmafBoxer::create(coded_audio().info, -1));
  auto boxer = CmafBoxer::create(coded_audio().info, 0);
  ASSERT_TRUE(boxer);
  EXPECT_FALSE((*boxer)->cut()) << "an empty segment";
  Packet packet = coded_audio().packets[0];
  packet.pts = packet.dts = -48'001;
  EXPECT_FALSE((*boxer)->add(packet));
}

}  // namespace
}  // namespace tessera::media

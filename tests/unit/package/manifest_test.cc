#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "engine/package/model.h"
#include "engine/package/rates.h"
#include "engine/package/text.h"
#include "tests/unit/package/sample.h"

namespace tessera::package {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Rates, AreThoseOfTheWorstRunNearTheTarget) {
  const Presentation p = sample_presentation();
  // Average: 6 MB in 10 s. Peak: segments 1 and 2 last 6 s = 1.5 targets, but segment 2 alone (2 s = 0.5) is worse.
  EXPECT_EQ(measure(p.video[0]).average_bps, 4'800'000);
  EXPECT_EQ(measure(p.video[0]).peak_bps, 6'000'000);
  EXPECT_EQ(measure(p.video[1]).average_bps, 520'000);
  EXPECT_EQ(measure(p.video[1]).peak_bps, 600'000);
}

TEST(Rates, LeaveOutATailThatIsTooShortToCount) {
  Track track = sample_presentation().video[0];
  track.segments.back() = {"media/h2.m4s", 1'500'000, 90000};  // 12 Mb/s for 1 s
  // Segments 1 and 2 together: 4 MB in 5 s.
  EXPECT_EQ(measure(track).peak_bps, 6'400'000);
  track.segments = {{"media/h0.m4s", 1000, 27000}};  // 0.3 s is all there is
  EXPECT_EQ(measure(track).peak_bps, 26'667);
  track.segments.clear();
  EXPECT_EQ(measure(track).peak_bps, 0);
  EXPECT_EQ(measure(track).average_bps, 0);
}

TEST(Rates, TargetDurationIsSharedAndRounded) {
  Presentation p = sample_presentation();
  EXPECT_EQ(target_duration(p), 4);  // the audio's 4.032 s round to 4
  p.audio[0].segments[1].duration = 48000 * 9 / 2;
  EXPECT_EQ(target_duration(p), 5);
  EXPECT_THAT(hls_media_playlist(p.video[0], p, "media"), HasSubstr("#EXT-X-TARGETDURATION:5\n"));
  p.audio[0].segments = {{"media/a0.m4s", 1, 4800}};
  p.video.clear();
  EXPECT_EQ(target_duration(p), 1);
}

TEST(Hls, MediaPlaylistGolden) {
  Presentation p = sample_presentation();
  p.epoch = "2026-11-22T18:00:00Z";
  EXPECT_EQ(hls_media_playlist(p.video[0], p, "media"), R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="h-init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T18:00:00.000Z
#EXTINF:4.000000,
h0.m4s
#EXTINF:4.000000,
h1.m4s
#EXTINF:2.000000,
h2.m4s
#EXT-X-ENDLIST
)");
  EXPECT_EQ(hls_media_playlist(p.audio[0], p, "portrait"), R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="../media/a-init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T17:59:59.979Z
#EXTINF:4.032000,
../media/a0.m4s
#EXTINF:3.989333,
../media/a1.m4s
#EXTINF:2.005334,
../media/a2.m4s
#EXT-X-ENDLIST
)");
}

TEST(Hls, DurationsSumToTheMediaForEveryRun) {
  Presentation p = sample_presentation();
  Track& track = p.video[0];
  track.timescale = 30000;
  track.fps = {30000, 1001};
  track.segments.assign(3600, {"media/x.m4s", 1000, 120 * 1001});
  const std::string text = hls_media_playlist(track, p, "media");
  const std::regex line("#EXTINF:([0-9]+)\\.([0-9]{6}),\n");
  int64_t sum_us = 0, segments = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    sum_us += std::stoll((*it)[1]) * 1'000'000 + std::stoll((*it)[2]);
    ++segments;
    const double exact_us = static_cast<double>(segments) * 120.0 * 1001.0 / 30000.0 * 1e6;
    ASSERT_NEAR(static_cast<double>(sum_us), exact_us, 0.51);
  }
  EXPECT_EQ(segments, 3600);
}

TEST(Hls, MultivariantGolden) {
  const Presentation p = sample_presentation();
  EXPECT_EQ(hls_multivariant(p, {"media/h.m3u8", "media/l.m3u8", "media/a.m3u8"}), R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="main",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="../media/a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=728681,AVERAGE-BANDWIDTH=647864,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=30.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
../media/l.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=6128681,AVERAGE-BANDWIDTH=4927864,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1080x1920,FRAME-RATE=30.000,AUDIO="audio",CLOSED-CAPTIONS=NONE
../media/h.m3u8
)");
}

TEST(Hls, GroupsMixesByCodecAndTellsLanguagesApart) {
  Presentation p = sample_presentation();
  p.audio.resize(4, p.audio[0]);
  p.audio[1].id = "say \"hi\"";  // the same language again: not selected by itself
  p.audio[2].id = "arabic";
  p.audio[2].lang = "ar";
  p.audio[3].id = "opus";
  p.audio[3].codecs = "opus";
  const std::string text = hls_multivariant(p, {"v0", "v1", "a0", "a1", "a2", "a3"});
  EXPECT_THAT(text, HasSubstr("GROUP-ID=\"audio\",NAME=\"main\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,"));
  EXPECT_THAT(text, HasSubstr("GROUP-ID=\"audio\",NAME=\"say 'hi'\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=NO,"));
  EXPECT_THAT(text, HasSubstr("GROUP-ID=\"audio\",NAME=\"arabic\",LANGUAGE=\"ar\",DEFAULT=NO,AUTOSELECT=YES,"));
  EXPECT_THAT(text, HasSubstr("GROUP-ID=\"audio-2\",NAME=\"opus\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,"));
  const std::regex variants("#EXT-X-STREAM-INF:");
  EXPECT_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), variants), std::sregex_iterator()), 4);
  EXPECT_THAT(text, HasSubstr("CODECS=\"avc1.640028,opus\",RESOLUTION=1080x1920,FRAME-RATE=30.000,AUDIO=\"audio-2\""));
}

TEST(Hls, SpeaksOfPictureOrSoundAlone) {
  Presentation p = sample_presentation();
  p.video[0].fps = {30000, 1001};
  const std::vector<Track> audio = p.audio;
  p.audio.clear();
  const std::string silent = hls_multivariant(p, {"v0", "v1"});
  EXPECT_THAT(silent, Not(HasSubstr("AUDIO")));
  EXPECT_THAT(silent, HasSubstr("CODECS=\"avc1.640028\",RESOLUTION=1080x1920,FRAME-RATE=29.970,"));
  p.audio = audio;
  p.video.clear();
  const std::string blind = hls_multivariant(p, {"a0"});
  EXPECT_THAT(blind, HasSubstr("CODECS=\"mp4a.40.2\",CLOSED-CAPTIONS=NONE\n../a0\n"));
  EXPECT_THAT(blind, Not(HasSubstr("EXT-X-MEDIA:")));
}

TEST(Hls, StartsWithTheBestVariantWithinTwoMegabits) {
  Presentation p = sample_presentation();
  p.audio.clear();
  p.video.resize(4, p.video[0]);
  const int64_t rates[] = {4'000'000, 1'900'000, 900'000, 2'100'000};
  for (size_t i = 0; i < 4; ++i) p.video[i].segments = {{"x", rates[i] / 2, 360000}};
  EXPECT_THAT(hls_multivariant(p, {"v0", "v1", "v2", "v3"}),
              ::testing::ContainsRegex("\n../v1\n[^\n]*\n../v0\n[^\n]*\n../v2\n[^\n]*\n../v3\n"));
  p.video.erase(p.video.begin() + 1, p.video.begin() + 3);
  EXPECT_THAT(hls_multivariant(p, {"v0", "v3"}), ::testing::ContainsRegex("\n../v3\n[^\n]*\n../v0\n"));
}

TEST(Dash, Golden) {
  Presentation p = sample_presentation();
  p.video.resize(1);
  p.id = "a<&\"b";
  p.duration = {300300, 30000};
  EXPECT_EQ(dash_mpd(p), R"(<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-main:2011" mediaPresentationDuration="PT10.01S" minBufferTime="PT4S">
  <Period id="a&lt;&amp;&quot;b" start="PT0S" duration="PT10.01S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="1080" maxHeight="1920" maxFrameRate="30" par="9:16">
      <Representation id="video-1080p" bandwidth="6000000" codecs="avc1.640028" width="1080" height="1920" frameRate="30" sar="1:1">
        <SegmentList timescale="90000" presentationTimeOffset="90000">
          <Initialization sourceURL="../media/h-init.mp4"/>
          <SegmentTimeline>
            <S t="90000" d="360000"/>
            <S d="360000"/>
            <S d="180000"/>
          </SegmentTimeline>
          <SegmentURL media="../media/h0.m4s"/>
          <SegmentURL media="../media/h1.m4s"/>
          <SegmentURL media="../media/h2.m4s"/>
        </SegmentList>
      </Representation>
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1" lang="en">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Label>main</Label>
      <Representation id="audio-main" bandwidth="128681" codecs="mp4a.40.2" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentList timescale="48000" presentationTimeOffset="48000">
          <Initialization sourceURL="../media/a-init.mp4"/>
          <SegmentTimeline>
            <S t="46976" d="193536"/>
            <S d="191488"/>
            <S d="96256"/>
          </SegmentTimeline>
          <SegmentURL media="../media/a0.m4s"/>
          <SegmentURL media="../media/a1.m4s"/>
          <SegmentURL media="../media/a2.m4s"/>
        </SegmentList>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
)");
}

TEST(Dash, KeepsCodecsApart) {
  Presentation p = sample_presentation();
  p.video[1].codecs = "hvc1.1.6.L93.B0";
  const std::string text = dash_mpd(p);
  const std::regex sets("<AdaptationSet contentType=\"video\"");
  EXPECT_EQ(std::distance(std::sregex_iterator(text.begin(), text.end(), sets), std::sregex_iterator()), 2);
}

TEST(Names, AreRelative) {
  EXPECT_EQ(relative_name("portrait", "media/a.m4s"), "../media/a.m4s");
  EXPECT_EQ(relative_name("media", "media/a.m4s"), "a.m4s");
  EXPECT_EQ(relative_name("media", "media/sub/a.m4s"), "sub/a.m4s");
  EXPECT_EQ(relative_name("media/sub", "media/a.m4s"), "../a.m4s");
  EXPECT_EQ(relative_name("med", "media/a.m4s"), "../media/a.m4s");
  EXPECT_EQ(relative_name("", "media/a.m4s"), "media/a.m4s");
  EXPECT_EQ(relative_name("a/b/c", "a/x/c/y"), "../../x/c/y");
}

TEST(Text, MovesDateTimes) {
  EXPECT_EQ(*shift_date_time("2026-11-22T18:00:00Z", 0), "2026-11-22T18:00:00.000Z");
  EXPECT_EQ(*shift_date_time("2027-01-01T00:00:00.5+08:00", -21'333), "2026-12-31T16:00:00.479Z");
  EXPECT_EQ(*shift_date_time("2024-02-28t23:59:59.999999z", 1), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(*shift_date_time("1969-12-31T23:59:59-00:30", 0), "1970-01-01T00:29:59.000Z");
  for (const char* bad :
       {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Z ", "2026-01-01T00:00:00+8"}) {
    EXPECT_FALSE(shift_date_time(bad, 0)) << bad;
  }
}

TEST(Text, SpellsTimes) {
  EXPECT_EQ(seconds_text(12'345'678), "12.345678");
  EXPECT_EQ(seconds_text(-21'333), "-0.021333");
  EXPECT_EQ(xml_duration({12, 1}), "PT12S");
  EXPECT_EQ(xml_duration({1001 * 361, 30000}), "PT12.045367S");
  EXPECT_EQ(xml_duration({100, 1}), "PT100S");
  EXPECT_EQ(xml_escape(std::string_view("a\x01'\n", 4)), "a\xEF\xBF\xBD&apos;&#10;");
}

}  // namespace
}  // namespace tessera::package

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/rational.h"

/// The job as plain values: what job-format.md calls a job, after parsing, with every default filled in.
/// Nothing here touches files. Times are microseconds of show time unless said otherwise.
namespace tessera::spec {

/// A number written as a decimal fraction, kept as millionths so that layouts are integer arithmetic.
using Millionths = int32_t;
inline constexpr Millionths kOne = 1'000'000;

/// A rectangle as fractions of the canvas, in millionths. x and y may be negative, w and h are positive.
struct RectFraction {
  Millionths x = 0, y = 0, w = kOne, h = kOne;
  bool operator==(const RectFraction&) const = default;
};

struct Take {
  std::string uri;            ///< as written; resolve() makes it absolute
  Micros at = 0;              ///< show time of the take's time `in`
  Micros in = 0;              ///< take time where it begins to be used
  std::optional<Micros> out;  ///< take time where it ends to be used; default: the take's end
  int32_t gain_mdb = 0;       ///< thousandths of a decibel
  /// Piecewise linear map from take time to show time; at least two points when not empty, both columns rising.
  /// When given, it replaces `at`.
  std::vector<std::pair<Micros, Micros>> clock;
  std::optional<int> video;  ///< stream index, -1: none; default: the container's best
  std::optional<int> audio;  ///< stream index, -1: none; default: the container's best
};

struct Guest {
  std::string id;
  std::string name;    ///< default: the id
  std::string avatar;  ///< uri of a picture, may be empty
  std::string role;    ///< "host" or "guest" (default)
  std::vector<Take> takes;
};

struct Asset {
  std::string uri;
  std::string kind;  ///< "auto" (default), "image", "video", "vap", "yyeva", "alphaplayer", "svga", "lottie", "webp"
};

/// How an asset is drawn, by its `kind` and, for "auto", by the ending of its uri.
enum class AssetForm : uint8_t {
  kPicture,    ///< one still picture
  kAnimation,  ///< frames by media time: what libavcodec decodes
  kEither,     ///< a PNG: only its bytes tell
  kNotYet,     ///< accepted, told by `validate`, not drawn in this version
};
AssetForm form_of(const Asset& asset);

struct Sound {
  std::string uri;
  Micros at = 0;
  int32_t gain_mdb = 0;
  bool loop = false;
  bool duck = false;  ///< lowered while guests speak
};

struct Overlay {
  std::string asset;
  RectFraction rect;
  Millionths alpha = kOne;
};

enum class Placeholder : uint8_t { kAvatar, kBlur, kColor };
enum class LostTake : uint8_t { kFail, kPlaceholder };

/// What happens when a guest's picture is missing (DESIGN.md section 6).
struct Policy {
  Micros hold = 2'000'000;  ///< the last picture stays this long
  Placeholder placeholder = Placeholder::kAvatar;
  Micros placeholder_for = 5'000'000;  ///< then the placeholder, then the tile leaves
  LostTake lost_take = LostTake::kFail;
  bool strict = false;  ///< anything degraded is an error
};

struct Mix {
  std::string id;
  std::string lang;  ///< BCP 47; default: the job's
  std::string codec = "aac";
  int64_t bitrate_bps = 128'000;
  int32_t loudness_mlufs = -16'000;  ///< EBU R128 integrated target, thousandths of LUFS
  bool stems = false;
};

struct Canvas {
  int width = 1080;   ///< pixels, even, 2..8192
  int height = 1920;  ///< pixels, even, 2..8192
  Rational fps{30, 1};
  int depth = 8;                       ///< bits a sample: 8 or 10
  uint32_t background_rgb = 0x101014;  ///< 0xRRGGBB, BT.709 full range
};

enum class VideoCodec : uint8_t { kH264, kHevc, kAv1 };
enum class EncoderChoice : uint8_t { kAuto, kSoftware, kNvenc };

/// One rung of a ladder.
struct Rendition {
  std::string name;
  int width = 0;   ///< pixels, even, 2..8192
  int height = 0;  ///< pixels, even, 2..8192
  VideoCodec codec = VideoCodec::kH264;
  int64_t bitrate_bps = 0;     ///< average; 0 where `quality` is given
  int64_t maxrate_bps = 0;     ///< default: 1.5 x bitrate
  int64_t bufsize_bits = 0;    ///< default: one second of maxrate
  std::optional<int> quality;  ///< constant quality (x264's CRF scale, 0..51), capped by maxrate
  std::string preset = "veryfast";
  std::string profile;  ///< default: "high" at 8 bit, "high10" at 10 bit
  int bframes = 2;      ///< 0..16
  EncoderChoice encoder = EncoderChoice::kAuto;
};

/// What can be drawn into a programme's picture.
struct BurnIn {
  bool gifts = true, comments = true, cards = true, overlays = true, captions = false;
};

struct Highlights {
  int count = 3;
  Micros min = 15'000'000;
  Micros max = 60'000'000;
};

enum class LayoutKind : uint8_t { kSolo, kGrid, kPanel, kPip, kSplit, kMatch, kCustom };

struct Programme {
  std::string id;
  Canvas canvas;
  LayoutKind layout = LayoutKind::kGrid;  ///< until the first layout.set
  BurnIn burn_in;
  std::vector<std::string> mixes;  ///< ids of Job::mixes; default: all of them
  std::vector<Rendition> ladder;   ///< at least one
  std::optional<Highlights> highlights;
};

struct Packaging {
  Micros segment = 4'000'000;
  Micros gop = 2'000'000;
  int chunk_segments = 8;  ///< 1..1000
  bool hls = true;
  bool dash = true;
  bool mp4 = false;
};

struct Job {
  int version = 1;
  std::string id;                  ///< [A-Za-z0-9._-]{1,128}
  std::optional<Micros> duration;  ///< default: the end of the last take
  std::string epoch;               ///< RFC 3339 wall-clock time of show time 0, may be empty
  int64_t seed = 0;
  std::string lang = "en";
  std::vector<Guest> guests;  ///< 1..9 with pictures at a time; ids unique
  std::map<std::string, Asset> assets;
  std::vector<Sound> sounds;
  std::vector<Overlay> overlays;
  std::string events;  ///< uri of the event log, may be empty
  std::string theme;   ///< uri, may be empty
  Policy policy;
  std::vector<Mix> mixes;             ///< default: one, "main"
  std::vector<Programme> programmes;  ///< at least one; ids unique
  Packaging packaging;
  /// The fields that begin with x_, anywhere in the job: JSON pointer ("/guests/0/x_note") -> JSON text. Carried, not
  /// used.
  std::map<std::string, std::string> extras;
};

}  // namespace tessera::spec

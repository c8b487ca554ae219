#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/package/bmff.h"
#include "engine/package/lint.h"
#include "engine/package/rates.h"

/// What the linter's parts share: the findings, and the published tracks read back.
namespace tessera::package {

/// The findings so far; the same one twice counts once.
class Findings {
 public:
  void add(const std::string& object, const std::string& what);
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
  std::set<std::string> seen_;
};

/// A track as its bytes are.
struct TrackFacts {
  std::string init_name;
  std::vector<std::string> names;
  InitInfo init;
  std::vector<SegmentInfo> segments;
  std::vector<int64_t> bytes;  ///< a segment

  int64_t duration(size_t k) const { return segments[k].decode_end - segments[k].decode_start; }
  int64_t start_ns(size_t k) const;
  int64_t end_ns() const;
  /// One video frame or one coded audio frame.
  int64_t frame_ns() const;
  Rates rates(int64_t target_s) const;
};

/// Reads published objects, each track once.
class Objects {
 public:
  Objects(const ReadObject& read, Findings& findings) : read_(read), findings_(findings) {}

  /// The bytes of an object named in `by`; where it is not there or its name says other bytes, a finding.
  std::optional<std::vector<uint8_t>> get(const std::string& name, const std::string& by);
  std::optional<std::string> get_text(const std::string& name, const std::string& by);

  /// The track of an init segment and its segments, checked by itself: all there, whole, beginning with sync samples,
  /// joined without gaps. Null where it can't be judged further. Valid as long as this object.
  const TrackFacts* track(const std::string& init_name, const std::vector<std::string>& names, const std::string& by);

 private:
  std::optional<TrackFacts> load(const std::string& init_name, const std::vector<std::string>& names,
                                 const std::string& by);

  const ReadObject& read_;
  Findings& findings_;
  std::map<std::pair<std::string, std::vector<std::string>>, std::optional<TrackFacts>> tracks_;
};

/// True where `declared` is within 10 % of `measured`.
bool is_near(int64_t declared, int64_t measured);

/// Nanoseconds as seconds for messages: "1.234567 s".
std::string text_of_ns(int64_t ns);

/// What one manifest names, in its order.
struct NamedTracks {
  std::string manifest;
  std::vector<const TrackFacts*> video, audio;
};

/// The HLS playlists from a multivariant playlist down.
NamedTracks lint_hls(const std::string& name, Objects& objects, Findings& findings);
/// The MPD.
NamedTracks lint_dash(const std::string& name, Objects& objects, Findings& findings);
/// The tracks of one manifest against each other.
void lint_alignment(const NamedTracks& tracks, Findings& findings);

}  // namespace tessera::package

#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/pipeline/heartbeat.h"
#include "engine/pipeline/open_show.h"

/// The commands that look at frames before they are encoded. All go through FrameSource.
namespace tessera::pipeline {

/// Which frames of a show, made how.
struct InspectOptions {
  OpenOptions open;
  std::string device = "auto";
  std::string simd = "auto";       ///< device::DeviceOptions::simd
  std::string programme;           ///< id; empty: the first
  std::optional<Micros> from, to;  ///< show time, [from, to); default: all
  Heartbeat* heartbeat = nullptr;  ///< told of every frame and packet while device work is under way; null: nobody
};

/// `tessera hash`: one line a frame to `out`: number, time, canvas hash, one hash per rendition. XXH3-128 over the
/// visible samples of the planes in I420 order (10 bit: two bytes a sample, little endian).
/// @param hashes false: does all the work and prints nothing, for timing
Result<void> hash_frames(const std::string& job, const InspectOptions& options, bool hashes, std::FILE* out, Log& log);

/// `tessera raw`: the frames of PROGRAMME/NAME as YUV4MPEG2.
Result<void> write_raw(const std::string& job, const InspectOptions& options, const std::string& rendition,
                       std::FILE* out, Log& log);

/// `tessera frame`: the canvas at show time t as a PNG. @retval kUsage t is outside the show
Result<void> write_frame(const std::string& job, const InspectOptions& options, const Rational& t, std::FILE* out,
                         Log& log);

/// `tessera sheet`: one small canvas per scene change (at most 60, evenly thinned) as a labelled PNG. Gives how many.
Result<int> write_sheet(const std::string& job, const InspectOptions& options, std::FILE* out, Log& log);

/// `tessera explain`: why the frame at t looks as it does.
struct Explanation {
  int64_t frame = 0;
  Rational time;
  std::string text;  ///< for people
  std::string json;  ///< one object
};
Result<Explanation> explain(const std::string& job, const InspectOptions& options, const Rational& t, Log& log);

}  // namespace tessera::pipeline

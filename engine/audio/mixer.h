#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/media/take_index.h"
#include "engine/spec/job.h"
#include "engine/timeline/state.h"

namespace tessera::audio {

/// A sound of the job (music), indexed; or null where it could not be opened.
using SoundIndex = std::shared_ptr<const media::TakeIndex>;

struct MixReport {
  double integrated_lufs = 0;  ///< EBU R128 of what read() gave, after gain and limiter; -inf for silence
  double true_peak_dbfs = 0;
  double applied_gain_db = 0;   ///< the one static gain that aims the mix at its loudness
  int64_t limited_samples = 0;  ///< samples the limiter touched
};

/// Mixes a show's sound at 48 kHz stereo on the show's clock (DESIGN.md section 6). Sequential.
///
/// Guests' takes where the timeline says they are heard, sounds, ducking; gains ramp over 5 ms, sample-accurate, and a
/// mute's ramp ends at its timestamp (a cut never leaks a muted sample). A measuring pass at create() finds one static
/// gain for the loudness target (at most +20 dB), then a look-ahead limiter (5 ms) keeps the true peak under -1 dBFS.
/// The same inputs give the same samples: no threads inside, no clock.
/// Thread-safety: one caller at a time.
class Mixer {
 public:
  /// @param sounds one per Job::sounds
  /// @param samples the show's length: N / fps in 48 kHz samples, rounded half up
  static Result<std::unique_ptr<Mixer>> create(const timeline::Timeline& timeline,
                                               const std::vector<SoundIndex>& sounds, const spec::Mix& mix,
                                               int64_t samples, const media::MediaLimits& limits, Log& log);
  virtual ~Mixer() = default;

  /// The next samples, interleaved stereo; fills all of `out` (silence after the end). Peak memory does not grow with
  /// the show's length.
  virtual Result<void> read(std::span<float> out) = 0;
  /// After the last sample was read.
  virtual MixReport report() const = 0;
};

}  // namespace tessera::audio

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/audio/mixer.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/media/take_index.h"
#include "engine/pipeline/open_animations.h"
#include "engine/spec/parse.h"
#include "engine/timeline/state.h"
#include "kernels/taps.h"

namespace tessera::pipeline {

/// Something that went wrong with the input and did not stop the job: a line of job.json's `degraded`.
struct Degraded {
  std::string take;    ///< "ada/0", or "sound/0"
  Micros start = 0;    ///< show time
  Micros end = 0;      ///< show time
  std::string reason;  ///< "can't be opened: ...", "corrupt packets", "decode error", ...
  auto operator<=>(const Degraded&) const = default;
};

struct OpenOptions {
  std::string cache_dir;  ///< where take indexes are kept; empty: nowhere
  bool strict = false;    ///< --strict; or-ed with the job's policy
  media::MediaLimits limits;
  kernels::Filter scaler = kernels::Filter::kLanczos3;  ///< of all scaling; part of every chunk's digest
};

/// A job with everything that planning may know: its log, its takes' indexes, its length.
struct OpenShow {
  spec::Show show;
  std::shared_ptr<const timeline::Timeline> timeline;
  std::vector<audio::SoundIndex> sounds;  ///< one per Job::sounds
  Animations animations;                  ///< that overlays and gifts show
  std::vector<Degraded> degraded;         ///< known before any picture is decoded; sorted
  Micros duration = 0;
  OpenOptions options;
};

/// Loads a job, indexes every take and sound (two at a time), places the takes on the show's clock.
/// Errors name the JSON path of the take and its file. Nothing is written but the index cache.
/// @retval kBadInput, kLimit also for lost takes under policy.lost_take "fail", and for anything degraded under strict
Result<OpenShow> open_show(const std::string& job_path, const OpenOptions& options, Log& log);

/// The streams of a take that the job asks for.
media::StreamChoice stream_choice(const spec::Take& take);

/// The error that `strict` makes of a list of degradations; nothing where the list is empty or strict is off.
Result<void> check_strict(const OpenShow& show, const std::vector<Degraded>& degraded);

/// $TESSERA_CACHE_DIR, else $XDG_CACHE_HOME/tessera, else ~/.cache/tessera, else empty.
std::string default_cache_dir();

/// The programme with this id; the first where `id` is empty.
/// @retval kUsage no such programme: lists the known ones
Result<const spec::Programme*> find_programme(const spec::Job& job, const std::string& id);

}  // namespace tessera::pipeline

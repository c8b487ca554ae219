#include "bench/decode.h"

#include "engine/media/take_reader.h"
#include "engine/pipeline/open_show.h"

namespace tessera::bench {

Result<void> decode_show(const std::string& job) {
  Log log(LogLevel::kOff, LogFormat::kText);
  TESSERA_TRY_ASSIGN(const pipeline::OpenShow show, pipeline::open_show(job, {}, log));
  const auto& takes = show.timeline->takes();
  std::vector<std::unique_ptr<media::TakeReader>> readers(takes.size());
  std::vector<int64_t> shown(takes.size(), -1);
  const Rational fps = show.show.job.programmes.front().canvas.fps;
  for (int64_t n = 0; n < timeline::frame_count(show.duration, fps); ++n) {
    const Rational t{n * fps.den, fps.num};
    for (size_t i = 0; i < takes.size(); ++i) {
      if (!takes[i].runs_at(t) || takes[i].index()->video == nullptr) continue;
      const int64_t frame = takes[i].index()->video->frame_at(takes[i].to_take(t));
      if (frame < 0 || frame == shown[i]) continue;
      if (readers[i] == nullptr) {
        TESSERA_TRY_ASSIGN(readers[i], media::TakeReader::open(takes[i].index(), show.options.limits));
      }
      TESSERA_TRY(readers[i]->frame(frame));
      shown[i] = frame;
    }
  }
  return {};
}

}  // namespace tessera::bench

#include "engine/pipeline/open_show.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>

namespace tessera::pipeline {
namespace {

using media::TakeIndex;

/// One file to index and where its result goes.
struct IndexTask {
  std::string json_path;  ///< "/guests/0/takes/1"
  std::string path;
  media::StreamChoice streams;
  Result<std::shared_ptr<TakeIndex>> result;
};

std::vector<IndexTask> index_tasks(const spec::Job& job) {
  std::vector<IndexTask> tasks;
  for (size_t g = 0; g < job.guests.size(); ++g) {
    for (size_t k = 0; k < job.guests[g].takes.size(); ++k) {
      const spec::Take& take = job.guests[g].takes[k];
      tasks.push_back({"/guests/" + std::to_string(g) + "/takes/" + std::to_string(k), take.uri, stream_choice(take),
                       fail(Errc::kInternal, "pipeline.open", "not indexed")});
    }
  }
  for (size_t s = 0; s < job.sounds.size(); ++s) {
    tasks.push_back({"/sounds/" + std::to_string(s), job.sounds[s].uri, media::StreamChoice{-1, -2},
                     fail(Errc::kInternal, "pipeline.open", "not indexed")});
  }
  return tasks;
}

/// Pictures that could not be shown are refused here rather than after an hour of rendering.
Result<void> check_shown(const IndexTask& task) {
  if (!task.result || (*task.result)->video == nullptr) return {};
  for (const media::VideoFormat& format : (*task.result)->video->formats) {
    if (format.colour.transfer == media::Transfer::kSdr) continue;
    return fail(Errc::kBadInput, task.path,
                format.colour.transfer == media::Transfer::kPq
                    ? "is HDR (PQ), which is not shown yet; wanted SDR: convert it to BT.709 first"
                    : "is HDR (HLG), which is not shown yet; wanted SDR: convert it to BT.709 first");
  }
  return {};
}

void index_all(std::vector<IndexTask>& tasks, const OpenOptions& options, Log& log) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      tasks[i].result = media::index_take(tasks[i].path, tasks[i].streams, options.limits, options.cache_dir, log);
    }
  };
  std::jthread second(work);
  work();
}

/// The show span of a take span.
Degraded on_show_clock(const spec::Job& job, const timeline::PlacedTake& take, const media::LossSpan& loss) {
  const auto show_us = [&](Micros t) {
    const Rational show = take.to_show(Rational::from_micros(t));
    return muldiv_round(show.num, kMicrosPerSecond, show.den);
  };
  return {timeline::take_name(job, take), show_us(loss.start), show_us(loss.end), loss.reason};
}

/// Whether any part of a loss is inside what the job uses of the take.
bool is_used(const timeline::PlacedTake& take, const media::LossSpan& loss) {
  return loss.end > take.take().in && (!take.take().out || loss.start < *take.take().out);
}

/// A uri without what may be secret in it: user information and query.
std::string public_uri(const std::string& uri) {
  const size_t scheme = uri.find("://");
  const std::string head = uri.substr(0, uri.find('?'));
  if (scheme == std::string::npos) return uri;
  const size_t host = scheme + 3;
  const size_t at = head.find('@', host);
  const bool has_user = at != std::string::npos && at < head.find('/', host);
  return head.substr(0, host) + head.substr(has_user ? at + 1 : host);
}

Result<void> check_readable(const IndexTask& task) {
  if (task.path.find("://") == std::string::npos) return {};
  return fail(Errc::kBadInput, "job:" + task.json_path,
              public_uri(task.path) + " has a scheme; only files can be read");
}

Error at_take(const Error& error, const IndexTask& task) {
  return {error.code, "job:" + task.json_path, describe(error), error.retryable};
}

}  // namespace

media::StreamChoice stream_choice(const spec::Take& take) {
  media::StreamChoice streams;
  if (take.video) streams.video = *take.video;
  if (take.audio) streams.audio = *take.audio;
  return streams;
}

std::string default_cache_dir() {
  const auto env = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string own = env("TESSERA_CACHE_DIR"); !own.empty()) return own;
  if (const std::string xdg = env("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/tessera";
  if (const std::string home = env("HOME"); !home.empty()) return home + "/.cache/tessera";
  return "";
}

Result<void> check_strict(const OpenShow& show, const std::vector<Degraded>& degraded) {
  if (degraded.empty() || !(show.options.strict || show.show.job.policy.strict)) return {};
  std::string detail = "strict: the input is damaged";
  for (const Degraded& d : degraded) {
    detail += "; " + d.take + " at " + format_time(Rational::from_micros(d.start)) + ": " + d.reason;
  }
  return fail(Errc::kBadInput, "job", detail);
}

Result<const spec::Programme*> find_programme(const spec::Job& job, const std::string& id) {
  std::string known;
  for (const spec::Programme& programme : job.programmes) {
    if (id.empty() || programme.id == id) return &programme;
    known += (known.empty() ? "" : ", ") + programme.id;
  }
  return fail(Errc::kUsage, "--programme", "\"" + id + "\" is no programme of this job; it has " + known);
}

Result<OpenShow> open_show(const std::string& job_path, const OpenOptions& options, Log& log) {
  OpenShow open;
  open.options = options;
  TESSERA_TRY_ASSIGN(open.show, spec::load_show(job_path));
  for (const std::string& notice : open.show.notices) log.info(notice);
  const spec::Job& job = open.show.job;

  std::vector<IndexTask> tasks = index_tasks(job);
  for (const IndexTask& task : tasks) TESSERA_TRY(check_readable(task));
  index_all(tasks, options, log);
  for (IndexTask& task : tasks) {
    if (const Result<void> shown = check_shown(task); !shown) task.result = tl::unexpected<Error>(shown.error());
  }

  std::vector<timeline::PlacedTake> takes;
  size_t task = 0;
  for (size_t g = 0; g < job.guests.size(); ++g) {
    for (size_t k = 0; k < job.guests[g].takes.size(); ++k, ++task) {
      const auto& result = tasks[task].result;
      const bool may_be_lost = job.policy.lost_take == spec::LostTake::kPlaceholder;
      if (!result && !(may_be_lost && result.error().code == Errc::kBadInput)) {
        return tl::unexpected<Error>(at_take(result.error(), tasks[task]));
      }
      takes.emplace_back(static_cast<int>(g), static_cast<int>(k), job.guests[g].takes[k], result ? *result : nullptr);
      if (!result) {
        const timeline::PlacedTake& take = takes.back();
        const Micros begin = muldiv_round(take.begin().num, kMicrosPerSecond, take.begin().den);
        const Micros end = take.end() ? muldiv_round(take.end()->num, kMicrosPerSecond, take.end()->den) : begin;
        open.degraded.push_back({timeline::take_name(job, take), begin, end,
                                 result.error().detail.starts_with("can't be opened")
                                     ? result.error().detail
                                     : "can't be opened: " + result.error().detail});
      }
    }
  }
  for (size_t s = 0; s < job.sounds.size(); ++s, ++task) {
    const auto& result = tasks[task].result;
    if (!result) return tl::unexpected<Error>(at_take(result.error(), tasks[task]));
    if ((*result)->audio == nullptr) {
      return fail(Errc::kBadInput, "job:/sounds/" + std::to_string(s), tasks[task].path + " has no sound");
    }
    open.sounds.push_back(*result);
  }

  TESSERA_TRY_ASSIGN(open.animations, open_animations(open.show, options.limits, options.cache_dir, log));
  TESSERA_TRY_ASSIGN(open.duration, timeline::show_duration(job, takes));
  for (Degraded& d : open.degraded) {
    if (d.end == d.start) d.end = open.duration;  // a lost take without `out` would have run on
  }
  for (const timeline::PlacedTake& take : takes) {
    if (take.lost()) continue;
    for (const media::LossSpan& loss : take.index()->losses) {
      if (is_used(take, loss)) open.degraded.push_back(on_show_clock(job, take, loss));
    }
  }
  std::sort(open.degraded.begin(), open.degraded.end());
  for (const Degraded& d : open.degraded) {
    log.warn(d.reason, {{"take", d.take},
                        {"from", format_time(Rational::from_micros(d.start))},
                        {"to", format_time(Rational::from_micros(d.end))}});
  }
  TESSERA_TRY(check_strict(open, open.degraded));
  open.timeline = std::make_shared<timeline::Timeline>(open.show, std::move(takes), gift_lengths(job, open.animations));
  return open;
}

}  // namespace tessera::pipeline

#include "engine/package/lint_objects.h"

#include <algorithm>

#include "engine/package/text.h"

namespace tessera::package {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

void Findings::add(const std::string& object, const std::string& what) {
  std::string line = object + ": " + what;
  if (seen_.insert(line).second) lines_.push_back(std::move(line));
}

int64_t TrackFacts::start_ns(size_t k) const {
  return muldiv_round(segments[k].presentation_start, kNsPerSecond, init.timescale);
}

int64_t TrackFacts::end_ns() const {
  return muldiv_round(segments.back().presentation_end, kNsPerSecond, init.timescale);
}

int64_t TrackFacts::frame_ns() const {
  int64_t longest = 1;
  for (const SegmentInfo& segment : segments) longest = std::max(longest, segment.longest_sample);
  return muldiv_ceil(longest, kNsPerSecond, init.timescale);
}

Rates TrackFacts::rates(int64_t target_s) const {
  std::vector<SizedSegment> sized;
  for (size_t k = 0; k < segments.size(); ++k) sized.push_back({bytes[k], duration(k)});
  return measure_segments(sized, init.timescale, target_s);
}

bool is_near(int64_t declared, int64_t measured) {
  return static_cast<Int128>(declared) * 10 >= static_cast<Int128>(measured) * 9 &&
         static_cast<Int128>(declared) * 10 <= static_cast<Int128>(measured) * 11;
}

std::string text_of_ns(int64_t ns) { return seconds_text(muldiv_round(ns, 1, 1000)) + " s"; }

namespace {

/// The hash an object's name promises ("media/<64 hexadecimal digits>.m4s"), or nothing.
std::string promised_hash(const std::string& name) {
  const size_t slash = name.find_last_of('/');
  const std::string file = slash == std::string::npos ? name : name.substr(slash + 1);
  const std::string stem = file.substr(0, file.find('.'));
  const bool is_hash = stem.size() == 64 && stem.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_hash ? stem : "";
}

}  // namespace

std::optional<std::vector<uint8_t>> Objects::get(const std::string& name, const std::string& by) {
  auto data = read_(name);
  if (!data) {
    findings_.add(name, "named by " + by + " but can't be read (" + data.error().detail + ")");
    return std::nullopt;
  }
  const std::string promised = promised_hash(name);
  if (!promised.empty() && sha256(*data).hex() != promised) {
    findings_.add(name, "its bytes have another SHA-256 than its name says");
  }
  return std::move(*data);
}

std::optional<std::string> Objects::get_text(const std::string& name, const std::string& by) {
  const auto data = get(name, by);
  if (!data) return std::nullopt;
  return std::string(data->begin(), data->end());
}

const TrackFacts* Objects::track(const std::string& init_name, const std::vector<std::string>& names,
                                 const std::string& by) {
  const auto [entry, is_new] = tracks_.try_emplace({init_name, names});
  if (is_new) entry->second = load(init_name, names, by);
  return entry->second ? &*entry->second : nullptr;
}

std::optional<TrackFacts> Objects::load(const std::string& init_name, const std::vector<std::string>& names,
                                        const std::string& by) {
  const auto init_data = get(init_name, by);
  if (!init_data) return std::nullopt;
  const auto init = read_init(*init_data);
  if (!init) {
    findings_.add(init_name, "no init segment: " + init.error().detail);
    return std::nullopt;
  }
  TrackFacts facts{init_name, names, *init, {}, {}};
  if (names.empty()) {
    findings_.add(by, "names no segments");
    return std::nullopt;
  }
  // One finding of a track's end is enough, but all objects that are not there are named.
  bool whole = true;
  for (const std::string& name : names) {
    const auto data = get(name, by);
    if (!data) {
      whole = false;
      continue;
    }
    const auto segment = read_segment(*data, *init);
    if (!segment) {
      findings_.add(name, "no whole segment: " + segment.error().detail);
      whole = false;
      continue;
    }
    if (!segment->starts_with_sync) findings_.add(name, "does not begin with a sync sample");
    if (whole && !facts.segments.empty() && segment->decode_start != facts.segments.back().decode_end) {
      findings_.add(name, "decode time " + std::to_string(segment->decode_start) + "; the segment before it in " + by +
                              " ends at " + std::to_string(facts.segments.back().decode_end));
    }
    facts.segments.push_back(*segment);
    facts.bytes.push_back(static_cast<int64_t>(data->size()));
  }
  if (!whole) return std::nullopt;
  return facts;
}

}  // namespace tessera::package

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "engine/spec/check.h"
#include "engine/spec/job_fields.h"

namespace tessera::spec {
namespace {

template <class T>
void check_unique(const std::vector<T>& items, std::string T::*id, const char* key, const Report& list) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string& text = items[i].*id;
    if (text.empty()) continue;
    const auto [first, fresh] = seen.emplace(text, i);
    if (fresh) continue;
    const Report item = list.at(i);
    item.at(key).add(in_quotes(text) + " is already the " + key + " of number " + std::to_string(first->second) +
                     " in this list; wanted another");
  }
}

void check_clock(const Take& take, const Report& report) {
  const Report clock = report.at("clock");
  if (clock.reported()) return;
  if (take.clock.size() == 1) clock.add("one point; wanted none or at least 2");
  for (size_t i = 1; i < take.clock.size(); ++i) {
    const auto& [take_time, show_time] = take.clock[i];
    const auto& [take_before, show_before] = take.clock[i - 1];
    if (take_time > take_before && show_time > show_before) continue;
    clock.at(i).add("is not later than the point before it in both columns; wanted both rising");
  }
}

void check_guests(const Job& job, const Report& report) {
  const Report guests = report.at("guests");
  check_unique(job.guests, &Guest::id, "id", guests);
  size_t takes = 0;
  for (size_t g = 0; g < job.guests.size(); ++g) {
    const Report guest = guests.at(g);
    const Report list = guest.at("takes");
    takes += job.guests[g].takes.size();
    for (size_t t = 0; t < job.guests[g].takes.size(); ++t) {
      const Take& take = job.guests[g].takes[t];
      const Report place = list.at(t);
      if (take.out && *take.out <= take.in) place.at("out").add("is not after `in`; wanted in < out");
      check_clock(take, place);
    }
  }
  if (takes > kMaxTakes) {
    guests.add_limit(std::to_string(takes) + " takes in all; at most " + std::to_string(kMaxTakes) + " are allowed");
  }
  if (takes == 0 && !job.duration && !guests.reported() && !report.at("duration").reported()) {
    report.at("duration").add("missing; wanted the show's length, as no guest has a take");
  }
}

void check_overlays(const Job& job, const Report& report) {
  const Report overlays = report.at("overlays");
  if (report.at("assets").reported()) return;
  std::vector<std::string_view> names;
  for (const auto& [name, asset] : job.assets) names.push_back(name);
  for (size_t i = 0; i < job.overlays.size(); ++i) {
    const std::string& asset = job.overlays[i].asset;
    const Report overlay = overlays.at(i);
    if (asset.empty() || job.assets.contains(asset)) continue;
    overlay.at("asset").add(in_quotes(asset) + " is not in /assets" + suggestion(asset, names));
  }
}

/// A programme's manifests lie in a folder of its name, beside these.
constexpr std::array<std::string_view, 4> kReservedIds{"job.json", "stats.json", "media", "ledger"};

/// @param report the programme's place; @param known the ids that may be named
void check_mixes(const Programme& programme, const std::vector<std::string_view>& known, const Report& report) {
  const Report list = report.at("mixes");
  for (size_t i = 0; i < programme.mixes.size(); ++i) {
    const std::string& id = programme.mixes[i];
    if (id.empty()) continue;
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      list.at(i).add(in_quotes(id) + " is not in /mixes" + suggestion(id, known));
    }
    if (std::find(programme.mixes.begin(), programme.mixes.begin() + static_cast<std::ptrdiff_t>(i), id) !=
        programme.mixes.begin() + static_cast<std::ptrdiff_t>(i)) {
      list.at(i).add(in_quotes(id) + " is given twice");
    }
  }
}

void check_programmes(const Job& job, const Report& report) {
  const Report programmes = report.at("programmes");
  check_unique(job.programmes, &Programme::id, "id", programmes);
  std::vector<std::string_view> mixes;
  for (const Mix& mix : job.mixes) mixes.push_back(mix.id);
  if (mixes.empty()) mixes.push_back("main");
  const bool mixes_known = !report.at("mixes").reported();
  size_t renditions = 0;
  for (size_t i = 0; i < job.programmes.size(); ++i) {
    const Programme& programme = job.programmes[i];
    const Report place = programmes.at(i);
    if (std::find(kReservedIds.begin(), kReservedIds.end(), programme.id) != kReservedIds.end()) {
      place.at("id").add("\"" + programme.id + "\" is a name that the output uses itself; wanted another");
    }
    renditions += programme.ladder.size();
    if (mixes_known) check_mixes(programme, mixes, place);
    const Report ladder = place.at("ladder");
    std::vector<Rendition> named = programme.ladder;
    for (Rendition& r : named) {
      if (r.name.empty() && r.width > 0 && r.height > 0) r.name = std::to_string(std::min(r.width, r.height)) + "p";
    }
    check_unique(named, &Rendition::name, "name", ladder);
    check_ladder(programme, place);
    if (programme.layout == LayoutKind::kCustom) {
      place.at("layout").add("\"custom\"; wanted another: only a layout.set event can give it rects");
    }
    if (programme.highlights && programme.highlights->min > programme.highlights->max) {
      const Report highlights = place.at("highlights");
      highlights.at("max").add("is less than `min`; wanted min <= max");
    }
  }
  if (renditions > kMaxRenditions) {
    programmes.add_limit(std::to_string(renditions) + " renditions in all; at most " + std::to_string(kMaxRenditions) +
                         " are allowed");
  }
}

}  // namespace

void check_job(const Job& job, const Report& report) {
  check_guests(job, report);
  check_unique(job.mixes, &Mix::id, "id", report.at("mixes"));
  check_overlays(job, report);
  check_programmes(job, report);
  check_packaging(job, report);
}

}  // namespace tessera::spec

#include <map>

#include "engine/spec/load.h"
#include "engine/spec/words.h"

namespace tessera::spec {
namespace {

/// "layout.set events with the layout match", "gift events"
std::string kind_of(const Event& event, bool one) {
  std::string kind = event.type + (one ? " event" : " events");
  if (const auto* layout = std::get_if<LayoutSet>(&event.body)) {
    kind += " with the layout " + std::string(layout_name(layout->layout));
  }
  return kind;
}

/// What else to say of the kind: " (the asset castle)".
std::string more_of(const Event& event) {
  const auto* gift = std::get_if<Gift>(&event.body);
  return gift == nullptr ? "" : " (the asset " + gift->asset + ")";
}

struct Count {
  const Event* first;
  size_t number;
};

}  // namespace

std::vector<std::string> notices_of(const Job& job, std::string_view job_name, const std::vector<Event>& events,
                                    std::string_view events_name) {
  std::vector<std::string> notices;
  const auto add = [&](const std::string& pointer, const std::string& text) {
    notices.push_back(std::string(job_name) + ":" + pointer + ": " + text);
  };
  if (!job.theme.empty()) add("/theme", "is accepted but has no effect yet");
  for (size_t i = 0; i < job.mixes.size(); ++i) {
    if (job.mixes[i].stems) add("/mixes/" + std::to_string(i) + "/stems", "is accepted but has no effect yet");
  }
  for (size_t i = 0; i < job.programmes.size(); ++i) {
    const std::string place = "/programmes/" + std::to_string(i);
    const LayoutKind layout = job.programmes[i].layout;
    if (layout == LayoutKind::kPanel || layout == LayoutKind::kMatch) {
      add(place + "/layout", "the layout " + std::string(layout_name(layout)) + " is accepted but not drawn yet");
    }
    if (job.programmes[i].highlights) add(place + "/highlights", "is accepted but has no effect yet");
  }
  for (size_t i = 0; i < job.overlays.size(); ++i) {
    const auto asset = job.assets.find(job.overlays[i].asset);
    if (asset == job.assets.end() || form_of(asset->second) != AssetForm::kNotYet) continue;
    add("/overlays/" + std::to_string(i), "the asset " + asset->first + " is accepted but not drawn yet");
  }
  std::map<std::string, Count> counts;
  for (const Event& event : events) {
    if (!is_drawn(event.body, job))
      ++counts.try_emplace(kind_of(event, false) + more_of(event), Count{&event, 0}).first->second.number;
  }
  for (const auto& [kind, count] : counts) {
    const bool one = count.number == 1;
    notices.push_back(std::string(events_name) + ": " + std::to_string(count.number) + " " +
                      kind_of(*count.first, one) + (one ? " is" : " are") + " accepted but not drawn yet" +
                      more_of(*count.first));
  }
  return notices;
}

}  // namespace tessera::spec

#include <algorithm>
#include <map>
#include <type_traits>

#include "engine/spec/load.h"

namespace tessera::spec {
namespace {

/// Checks one event's body against the job.
class EventCheck {
 public:
  EventCheck(const Event& event, const Job& job, const Report& report) : event_(event), job_(job), report_(report) {}

  template <class B>
  void operator()(const B& body) const {
    if constexpr (requires { body.guest; }) check_guest_field(body.guest);
    if constexpr (requires { body.asset; }) asset(body.asset);
    if constexpr (std::is_same_v<B, LayoutSet>) layout(body);
    if constexpr (std::is_same_v<B, MatchStart>) teams(body);
    if constexpr (std::is_same_v<B, Moderate>) moderate(body);
    if constexpr (std::is_same_v<B, Caption>) caption(body);
  }

 private:
  void check_guest_field(const std::string& id) const { guest(id, report_.at("guest")); }
  void check_guest_field(const std::optional<std::string>& id) const {
    if (id) guest(*id, report_.at("guest"));
  }

  void guest(const std::string& id, const Report& place) const {
    if (id.empty() || job_.guests.empty()) return;
    for (const Guest& known : job_.guests) {
      // A guest whose id was wrong may be the one that is meant.
      if (known.id == id || known.id.empty()) return;
    }
    std::vector<std::string_view> ids;
    for (const Guest& known : job_.guests) ids.push_back(known.id);
    place.add(in_quotes(id) + " is no guest of the job" + suggestion(id, ids));
  }

  void asset(const std::string& name) const {
    if (name.empty() || job_.assets.contains(name)) return;
    std::vector<std::string_view> names;
    for (const auto& [known, value] : job_.assets) names.push_back(known);
    report_.at("asset").add(in_quotes(name) + " is not in the job's assets" + suggestion(name, names));
  }

  void layout(const LayoutSet& body) const {
    const Report rects = report_.at("rects");
    if (body.layout == LayoutKind::kCustom && body.rects.empty() && !rects.reported()) {
      rects.add("missing; wanted at least one rect for the layout \"custom\"");
    }
    if (body.layout != LayoutKind::kCustom && !body.rects.empty() && !report_.at("layout").reported()) {
      rects.add("given for another layout than \"custom\"; wanted none");
    }
    for (size_t i = 0; i < body.rects.size(); ++i) {
      const Report rect = rects.at(i);
      guest(body.rects[i].guest, rect.at("guest"));
    }
  }

  void teams(const MatchStart& body) const {
    const Report list = report_.at("teams");
    for (size_t t = 0; t < body.teams.size(); ++t) {
      const Report team = list.at(t);
      for (size_t g = 0; g < body.teams[t].size(); ++g) guest(body.teams[t][g], team.at(g));
    }
  }

  void moderate(const Moderate& body) const {
    const bool guest_wrong = report_.at("guest").reported();
    const bool rect_wrong = report_.at("rect").reported();
    if (!guest_wrong && !rect_wrong && body.guest.has_value() == body.rect.has_value()) {
      report_.add(std::string(body.guest ? "both" : "neither") + " of guest and rect; wanted exactly one");
    }
    if (report_.at("start").reported() || report_.at("end").reported()) return;
    if (body.end <= body.start) report_.at("end").add("is not after `start`; wanted start < end");
  }

  void caption(const Caption& body) const {
    if (report_.at("t").reported() || report_.at("end").reported()) return;
    if (body.end <= event_.t) report_.at("end").add("is not after `t`; wanted t < end");
  }

  const Event& event_;
  const Job& job_;
  const Report& report_;
};

}  // namespace

void check_event(const Event& event, const Job& job, const Report& report) {
  std::visit(EventCheck(event, job, report), event.body);
}

void check_polls(const std::vector<Event>& events, std::string_view name, Findings& findings) {
  std::map<std::string_view, const Event*> opened;
  const auto place_of = [&](const Event& e) { return std::string(name) + ":" + std::to_string(e.line); };
  for (const Event& event : events) {
    const auto* open = std::get_if<PollOpen>(&event.body);
    if (open == nullptr || open->poll.empty()) continue;
    const auto [first, fresh] = opened.emplace(open->poll, &event);
    if (!fresh) {
      findings.add(place_of(event) + ":/poll", in_quotes(open->poll) + " is opened already in line " +
                                                   std::to_string(first->second->line) + "; wanted another id");
    }
  }
  const auto check = [&](const Event& event, const std::string& poll, const std::vector<int64_t>& counts) {
    if (poll.empty()) return;
    const auto it = opened.find(poll);
    if (it == opened.end()) {
      return findings.add(place_of(event) + ":/poll", in_quotes(poll) + " is opened by no poll.open");
    }
    const size_t options = std::get<PollOpen>(it->second->body).options.size();
    if (counts.empty() || options == 0 || counts.size() == options) return;
    findings.add(place_of(event) + ":/counts", std::to_string(counts.size()) + " counts; wanted one for each of the " +
                                                   std::to_string(options) + " options");
  };
  for (const Event& event : events) {
    if (const auto* count = std::get_if<PollCount>(&event.body)) check(event, count->poll, count->counts);
    if (const auto* close = std::get_if<PollClose>(&event.body)) check(event, close->poll, close->counts);
  }
}

}  // namespace tessera::spec

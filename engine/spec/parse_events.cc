#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/base/hash.h"
#include "engine/spec/event_fields.h"
#include "engine/spec/load.h"

namespace tessera::spec {
namespace {

struct HashOfHash {
  size_t operator()(const Hash128& hash) const { return static_cast<size_t>(hash.low); }
};

Hash128 hash_of(const Node& node, bool drop_x) {
  Hash128Hasher hasher;
  hasher.add(as_bytes(to_text(node, true, drop_x)));
  return hasher.finish();
}

/// Knows the lines that came before, so that a log delivered twice counts once.
class Deliveries {
 public:
  /// True where the line came before. The same id with other content is a finding.
  bool repeated(const Node& node, const Event& event, const Report& report) {
    // x_ fields (a time of delivery, say) do not make a known event another one; without an id they may be all that
    // tells two apart.
    const Hash128 hash = hash_of(node, !event.id.empty());
    if (event.id.empty()) return !lines_.insert(hash).second;
    const auto [known, fresh] = ids_.emplace(event.id, Known{hash, event.line});
    if (fresh) return false;
    if (known->second.hash != hash) {
      report.at("id").add(in_quotes(event.id) + " is already the id of line " + std::to_string(known->second.line) +
                          ", which says something else; wanted another id or the same line");
    }
    return true;
  }

 private:
  struct Known {
    Hash128 hash;
    int line;
  };
  std::unordered_set<Hash128, HashOfHash> lines_;
  std::unordered_map<std::string, Known> ids_;
};

/// A viewer without a name is called by the id.
void name_user(EventBody& body) {
  std::visit(
      [](auto& b) {
        if constexpr (requires { b.user.name; }) {
          if (b.user.name.empty()) b.user.name = b.user.id;
        }
      },
      body);
}

class LogReader {
 public:
  LogReader(std::string_view name, const Job& job, Findings& findings) : name_(name), job_(job), findings_(findings) {}

  void line(std::string_view text, int number) {
    const std::string document = std::string(name_) + ":" + std::to_string(number);
    if (text.size() > kMaxLineBytes) {
      return findings_.add(document, "a line of more than 64 KiB; wanted at most that", true);
    }
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    const std::optional<Node> node = parse_node(text, document, true, findings_);
    if (!node) return;
    const Report report(findings_, document);
    Event event;
    event.line = number;
    const EventType* type = read_event_head(*node, event, report);
    if (type == nullptr) return;
    event.body = type->read(*node, report);
    name_user(event.body);
    if (const auto* retract = std::get_if<Retract>(&event.body)) {
      event.id.clear();  // its "id" is another event's
      retracted_.insert(retract->id);
    }
    if (deliveries_.repeated(*node, event, report)) return;
    check_event(event, job_, report);
    events_.push_back(std::move(event));
  }

  std::vector<Event> take() {
    std::erase_if(events_, [&](const Event& e) {
      return std::holds_alternative<Retract>(e.body) || (!e.id.empty() && retracted_.contains(e.id));
    });
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
    check_polls(events_, name_, findings_);
    return std::move(events_);
  }

 private:
  std::string_view name_;
  const Job& job_;
  Findings& findings_;
  Deliveries deliveries_;
  std::unordered_set<std::string> retracted_;
  std::vector<Event> events_;
};

}  // namespace

std::vector<Event> read_events(std::string_view text, std::string_view name, const Job& job, Findings& findings) {
  LogReader reader(name, job, findings);
  for (size_t number = 1; !text.empty(); ++number) {
    if (number > kMaxLines) {
      findings.add(std::string(name), "more than 1000000 lines; wanted at most that", true);
      break;
    }
    const size_t end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end), static_cast<int>(number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

Result<std::vector<Event>> parse_events(std::string_view text, std::string_view name, const Job& job) {
  Findings findings;
  std::vector<Event> events = read_events(text, name, job, findings);
  if (!findings.empty()) return tl::unexpected(to_error(findings.take()));
  return events;
}

}  // namespace tessera::spec

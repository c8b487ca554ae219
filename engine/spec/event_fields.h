#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "engine/spec/event.h"
#include "engine/spec/fields.h"

/// The tables of the event log's lines. Private to engine/spec.
namespace tessera::spec {

template <>
const Table<User>& table<User>();
template <>
const Table<CustomRect>& table<CustomRect>();

/// One word of `type` with the fields that go with it.
struct EventType {
  std::string_view word;
  std::string_view help;
  /// Reads what is not t, type or id; names unknown fields.
  std::function<EventBody(const Node&, const Report&)> read;
  std::function<Json()> schema;  ///< of the whole line
};

/// All types, in job-format.md's order. Static; any thread.
const std::vector<EventType>& event_types();
/// Null where `word` is no type.
const EventType* find_event_type(std::string_view word);

/// Reads t, type and id of a line; null with findings where the type is not known.
const EventType* read_event_head(const Node& node, Event& event, const Report& report);

/// Adds "event" and one "event-TYPE" a type, "user" and "custom_rect".
void add_event_definitions(Json& definitions);

}  // namespace tessera::spec

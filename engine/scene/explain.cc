#include "engine/scene/explain.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "engine/scene/quote.h"

namespace tessera::scene {
namespace {

using timeline::Timeline;

using EventsByLine = std::map<int, const spec::Event*>;

EventsByLine events_of(const Timeline& timeline, const DrawList& list) {
  EventsByLine events;
  for (const Layer& layer : list.layers) {
    for (const int line : layer.why.causes) events.emplace(line, nullptr);
  }
  for (const spec::Event& event : timeline.show().events) {
    if (const auto found = events.find(event.line); found != events.end()) found->second = &event;
  }
  return events;
}

void set_source(ExplainRow& row, const Timeline& timeline, const Layer& layer) {
  switch (layer.source.kind) {
    case Source::Kind::kTake:
      row.kind = "take";
      row.source = take_name(timeline.show().job, timeline.takes()[static_cast<size_t>(layer.source.take)]);
      row.frame = layer.source.frame;
      row.take_time = layer.why.take_time;
      row.crop = layer.crop;
      return;
    case Source::Kind::kAnimation:
      row.kind = "animation";
      row.source = layer.source.image;
      row.frame = layer.source.frame;
      row.take_time = layer.why.take_time;
      row.crop = layer.crop;
      return;
    case Source::Kind::kImage:
      row.kind = "image";
      row.source = layer.source.image;
      row.crop = layer.crop;
      return;
    case Source::Kind::kColour: {
      char colour[16];
      std::snprintf(colour, sizeof colour, "#%06x", static_cast<unsigned>(layer.source.rgb & 0xffffff));
      row.kind = "colour";
      row.source = colour;
      return;
    }
  }
}

using Cells = std::array<std::string, 8>;

std::string whole_pixels(const Rect64& r) {
  const auto px = [](Px64 v) { return std::to_string(muldiv_round(v, 1, kPixel)); };
  return px(r.w) + "x" + px(r.h) + "+" + px(r.x) + "+" + px(r.y);
}

std::string causes_text(const std::vector<ExplainCause>& causes) {
  std::string text;
  for (const ExplainCause& cause : causes) {
    text += (text.empty() ? "" : ", ") + std::to_string(cause.line) + " " + cause.type;
  }
  return text;
}

Cells cells_of(const ExplainRow& row) {
  const bool is_take = row.kind == "take";
  const bool is_file = row.kind == "image" || row.kind == "animation";
  const std::string frame = row.frame >= 0 ? " frame " + std::to_string(row.frame) : "";
  const std::string source = (is_take ? "" : row.kind + " ") + (is_file ? quoted(row.source) : row.source) + frame;
  return {std::to_string(row.layer),
          row.guest.empty() ? "-" : row.guest,
          source,
          row.frame >= 0 ? format_time(row.take_time) : "-",
          is_take ? format_time(row.held_for) : "-",
          whole_pixels(row.dst),
          row.reason,
          row.causes.empty() ? "-" : causes_text(row.causes)};
}

}  // namespace

std::vector<ExplainRow> explain_rows(const Timeline& timeline, const DrawList& list) {
  const EventsByLine events = events_of(timeline, list);
  std::vector<ExplainRow> rows;
  for (const Layer& layer : list.layers) {
    ExplainRow row;
    row.layer = static_cast<int>(rows.size());
    row.guest = layer.why.guest;
    set_source(row, timeline, layer);
    row.held_for = layer.why.held_for;
    row.reason = layer.why.reason;
    row.dst = layer.dst;
    row.orientation = layer.orientation;
    row.opacity = layer.opacity;
    row.z = layer.z;
    row.blurred = layer.effect == Effect::kBlur;
    for (const int line : layer.why.causes) {
      if (const spec::Event* event = events.at(line)) row.causes.push_back({line, event->t, event->type});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string explain_text(const Timeline& timeline, const DrawList& list, const Rational& t) {
  std::vector<Cells> table{{"layer", "guest", "source", "take time", "held", "place", "reason", "events (line type)"}};
  for (const ExplainRow& row : explain_rows(timeline, list)) table.push_back(cells_of(row));
  std::array<size_t, std::tuple_size_v<Cells>> widths{};
  for (const Cells& cells : table) {
    for (size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], cells[c].size());
  }
  std::string text = "at " + format_time(t) + " on " + std::to_string(list.canvas_width) + "x" +
                     std::to_string(list.canvas_height) + ": " + std::to_string(list.layers.size()) + " layers\n";
  for (const Cells& cells : table) {
    for (size_t c = 0; c < cells.size(); ++c) {
      text += cells[c];
      if (c + 1 < cells.size()) text.append(widths[c] - cells[c].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace tessera::scene

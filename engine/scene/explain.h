#pragma once

#include <string>
#include <vector>

#include "engine/scene/draw_list.h"
#include "engine/timeline/state.h"

/// Why a frame looks as it does: what `tessera explain` prints. Pure.
namespace tessera::scene {

/// An event that had a part in a layer.
struct ExplainCause {
  int line = 0;      ///< 1-based line of the event log
  Micros t = 0;      ///< show time
  std::string type;  ///< "layout.set"
};

/// One layer, back to front, told in words and numbers that need no other table.
struct ExplainRow {
  int layer = 0;        ///< from 0
  std::string guest;    ///< id; empty for overlays
  std::string kind;     ///< "take", "image", "animation" or "colour"
  std::string source;   ///< "host/0", a file's path, "#27406b"
  int64_t frame = -1;   ///< take, animation: presentation number; else -1
  Rational take_time;   ///< take, animation: when that frame is due, seconds of take time or of one play
  Rational held_for;    ///< seconds since the picture stopped being current; 0 when live
  std::string reason;   ///< "live", "held", "placeholder: video muted", "overlay: logo" ...
  Rect64 dst;           ///< on the canvas, 1/64 pixel
  Rect64 crop;          ///< of the turned picture, 1/64 sample; empty for colours
  int orientation = 0;  ///< take: media::Orientation
  int opacity = 0;      ///< 0..1024
  int z = 0;
  bool blurred = false;
  std::vector<ExplainCause> causes;  ///< by line
};

/// @param list what draw_list() gave for this timeline
std::vector<ExplainRow> explain_rows(const timeline::Timeline& timeline, const DrawList& list);

/// explain_rows() as a table for people, with a head line that names t; ends with a line break.
std::string explain_text(const timeline::Timeline& timeline, const DrawList& list, const Rational& t);

}  // namespace tessera::scene

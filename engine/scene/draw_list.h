#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/rational.h"
#include "engine/media/frame.h"

/// What to draw at t: the one value between a show and the devices.
namespace tessera::scene {

/// Fixed-point pixels: 64 a pixel.
using Px64 = int32_t;
inline constexpr Px64 kPixel = 64;

struct Rect64 {
  Px64 x = 0, y = 0, w = 0, h = 0;
  bool operator==(const Rect64&) const = default;
};

/// Opacity in 1/1024: 0 invisible, 1024 opaque.
inline constexpr int kOpaque = 1024;

/// Where a layer's samples come from.
struct Source {
  enum class Kind : uint8_t {
    kColour,     ///< one colour
    kTake,       ///< frame `frame` of take `take`
    kImage,      ///< the still picture at `image`
    kAnimation,  ///< frame `frame` of the animation at `image`
  } kind = Kind::kColour;
  uint32_t rgb = 0;     ///< kColour: 0xRRGGBB, full range
  int take = -1;        ///< kTake: index into Timeline::takes()
  int64_t frame = -1;   ///< kTake: presentation number in the take's index; kAnimation: number
  std::string image;    ///< kImage, kAnimation: resolved path
  int64_t showing = 0;  ///< kAnimation: tells showings of one animation apart; for caches, never for pixels or digests
  bool operator==(const Source&) const = default;
};

enum class Effect : uint8_t {
  kNone,
  kBlur,  ///< strong blur, for placeholders: see compose
};

/// Why a layer looks so: for `explain`, never for pixels or digests.
struct Why {
  std::string guest;        ///< id, may be empty
  std::string reason;       ///< "live", "held", "placeholder: video muted", "overlay", ...
  Rational take_time;       ///< of the picture shown (kTake, kAnimation)
  Rational held_for;        ///< seconds since that picture stopped being current; 0 when live
  std::vector<int> causes;  ///< lines of the event log
};

/// One thing drawn over what is below it.
struct Layer {
  Source source;
  media::Orientation orientation = 0;  ///< kTake: turn the coded picture so before cropping
  Rect64 crop;                         ///< part of the turned picture, in its own samples; ignored for colours
  Rect64 dst;                          ///< on the canvas; may reach beyond it; whole even pixels at rest
  int opacity = kOpaque;
  Px64 radius = 0;  ///< rounded corners of dst
  Effect effect = Effect::kNone;
  int z = 0;
  Why why;
};

/// All layers at t, back to front (stable by z), for a canvas of canvas_width x canvas_height pixels.
struct DrawList {
  int canvas_width = 0;
  int canvas_height = 0;
  uint32_t background_rgb = 0;
  std::vector<Layer> layers;
};

/// The draw list as stable text, one line for the canvas and one a layer, without `why`: goldens and digests are made
/// of it. Positions are in pixels, exact decimals; an image's path is quoted, with control characters escaped.
std::string to_text(const DrawList& list);

}  // namespace tessera::scene

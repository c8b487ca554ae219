#pragma once

#include "engine/base/rational.h"
#include "engine/media/take_index.h"
#include "engine/scene/draw_list.h"
#include "engine/spec/event.h"

/// The fit words in exact arithmetic. For this folder only.
namespace tessera::scene {

/// A picture as `crop` counts it and as it wants to be seen.
struct PictureShape {
  int width = 0;  ///< samples of the turned coded picture, >= 1
  int height = 0;
  Rational display_width;  ///< the same with square samples, > 0; only the ratio of the two counts
  Rational display_height;
};
PictureShape shape_of(const media::VideoFormat& format);

struct Fitted {
  Rect64 crop;  ///< centred; at least one sample each way
  Rect64 dst;   ///< within the tile, centred
};

/// Where a `size` long piece in the middle of [begin, begin + length) starts; `at_rest`: on an even pixel where one
/// lets it stay inside.
Px64 centred(Px64 begin, Px64 length, Px64 size, bool at_rest);

/// fill: all of the picture stretched over the tile; cover: the tile filled, the picture cropped; contain: all of the
/// picture inside the tile. `at_rest` makes contain's dst whole even pixels, on even positions where the tile lets it.
Fitted fit_into(const PictureShape& picture, spec::CustomRect::Fit fit, const Rect64& tile, bool at_rest);

}  // namespace tessera::scene

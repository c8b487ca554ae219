#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/media/animation.h"
#include "engine/scene/draw_list.h"
#include "engine/spec/job.h"
#include "engine/timeline/state.h"

namespace tessera::scene {

/// What scene knows of a picture or an animation; empty where it can't be read (it is then left out). Injected, so that
/// scene does no I/O; must be a pure function of the path.
struct ImageSize {
  int width = 0, height = 0;                         ///< pixels
  const media::AnimationTimes* animation = nullptr;  ///< outlives the call; null: a still picture
};
using ImageSizes = std::function<std::optional<ImageSize>(const std::string& path)>;

/// What to draw at state.t. Pure.
///
/// For each guest on stage, the first of these that holds:
/// - video muted: the placeholder, for as long as that is so;
/// - live: the frame that VideoIndex::frame_at() gives of the take that runs at t (of several, the one begun last) is
///   current, that is t < end_of(frame). From frames marked lost it walks back to the last good one;
/// - held: the picture last seen since they came on stage or unmuted, of whichever take, stopped being current less
///   than policy.hold ago. A picture that was due while they were off stage or muted is never held or blurred;
/// - sound only: a take without a video stream runs: the placeholder, for as long as that is so;
/// - the placeholder for policy.placeholder_for, counted from the latest of: the end of the hold, their join or unmute,
///   the end of a take with sound only, the begin of a lost take;
/// - no tile: the layout closes up.
/// In place of the last two placeholders, the first good picture of a running take stands up to half a second early:
/// recordings often begin with a few frames of sound alone, for which a placeholder would only flash.
///
/// Placeholders: `avatar` is a disc of half the tile's short side on the guest's colour (one of nine, by guest number);
/// `blur` the picture last seen (in the last 256 spells on screen), blurred; `color` the guest's colour. avatar without
/// a readable picture, and blur without a picture seen, are `color`.
///
/// While a transition runs, tiles move from the old layout's rects to the new ones' with ease-in-out, in 1/64 pixel;
/// guests with a tile in only one of them fade. Joins, leaves and focus cut at once. A tile's border is a white layer
/// below its picture.
///
/// Gifts and overlays come last, above every z, gifts below overlays, each contained in its rect, of several the later
/// one on top. An asset that moves is at media time 0 when the show starts (overlay) or at its event's time (gift);
/// overlays start again whenever they are over, a gift is played once. A gift for a guest with a tile lies over the
/// tile and moves with it; any other one in a square of 24 grid units in the middle of the canvas, the lower edge at
/// 5/6 of its height. An asset of kind "image" never moves.
DrawList draw_list(const timeline::Timeline& timeline, const timeline::State& state, const spec::Programme& programme,
                   const ImageSizes& image_sizes);

}  // namespace tessera::scene

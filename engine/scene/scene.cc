#include "engine/scene/scene.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "engine/scene/fit.h"
#include "engine/scene/picture.h"
#include "engine/scene/transition.h"
#include "engine/timeline/exact.h"

namespace tessera::scene {
namespace {

using timeline::StageGuest;
using timeline::State;
using timeline::Timeline;

/// Dark enough for a light disc and white text: blue, plum, green, brown, indigo, teal, wine, olive, slate.
constexpr std::array<uint32_t, 9> kGuestColours{0x27406b, 0x5a2f5f, 0x2b5743, 0x6a4a2a, 0x3d3a78,
                                                0x1f5a63, 0x6b2f3c, 0x53582b, 0x3c4a57};
constexpr uint32_t kBorderColour = 0xffffff;
constexpr int kOverlayZ = std::numeric_limits<int>::max();
constexpr int kGiftZ = kOverlayZ - 1;

uint32_t colour_of(int guest) { return kGuestColours[static_cast<size_t>(guest) % kGuestColours.size()]; }

/// Somebody with a tile.
struct Seat {
  const StageGuest* guest;
  Shown shown;
};

PictureShape shape_of_image(const ImageSize& size) {
  return {size.width, size.height, {size.width, 1}, {size.height, 1}};
}

/// Builds one draw list.
class Painter {
 public:
  Painter(const Timeline& timeline, const State& state, const ImageSizes& image_sizes, DrawList& list)
      : timeline_(timeline), job_(timeline.show().job), state_(state), image_sizes_(image_sizes), list_(list) {}

  void add_tile(const MovingTile& moving, const Seat& seat);
  /// @param tiles of this frame, for gifts to guests
  void add_gift(const timeline::PlayedGift& played, const std::vector<MovingTile>& tiles);
  void add_overlay(const spec::Overlay& overlay, int64_t number);

 private:
  void add_picture(const MovingTile& moving, const Seat& seat, Effect effect);
  void add_avatar(const MovingTile& moving, const Seat& seat);
  void add_colour(const MovingTile& moving, const Seat& seat);
  void add_border(const Tile& tile, const Rect64& inside, const Seat& seat);
  Layer layer(const Tile& tile, const Rect64& dst, const Seat& seat) const;
  std::optional<Layer> asset_layer(const std::string& name, const Rational& media_time, const Rect64& place,
                                   bool at_rest) const;
  void push(Layer layer);

  const Timeline& timeline_;
  const spec::Job& job_;
  const State& state_;
  const ImageSizes& image_sizes_;
  DrawList& list_;
};

Rect64 inset(const Rect64& r, Px64 by) { return {r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by}; }

Layer Painter::layer(const Tile& tile, const Rect64& dst, const Seat& seat) const {
  Layer made;
  made.dst = dst;
  made.opacity = tile.opacity;
  made.radius = std::max(tile.radius - tile.border, 0);
  made.z = tile.z;
  made.why.guest = job_.guests[static_cast<size_t>(tile.guest)].id;
  made.why.reason = seat.shown.reason;
  made.why.causes = seat.guest->causes;
  if (state_.layout.line > 0) made.why.causes.push_back(state_.layout.line);
  if (state_.focus && state_.focus_line > 0) made.why.causes.push_back(state_.focus_line);
  std::sort(made.why.causes.begin(), made.why.causes.end());
  return made;
}

void Painter::push(Layer made) {
  if (made.opacity <= 0 || made.dst.w <= 0 || made.dst.h <= 0) return;
  made.radius = std::clamp(made.radius, 0, std::min(made.dst.w, made.dst.h) / 2);
  list_.layers.push_back(std::move(made));
}

void Painter::add_border(const Tile& tile, const Rect64& inside, const Seat& seat) {
  if (tile.border <= 0) return;
  Layer border = layer(tile, inset(inside, -tile.border), seat);
  border.source.rgb = kBorderColour;
  border.radius = tile.radius;
  border.why.reason = "border";
  push(std::move(border));
}

void Painter::add_picture(const MovingTile& moving, const Seat& seat, Effect effect) {
  const Picture& picture = *seat.shown.picture;
  const media::VideoIndex& video = *timeline_.takes()[static_cast<size_t>(picture.take)].index()->video;
  const media::VideoFormat& format = video.format_of(picture.frame);
  const Fitted fitted =
      fit_into(shape_of(format), moving.tile.fit, inset(moving.tile.rect, moving.tile.border), moving.at_rest);
  add_border(moving.tile, fitted.dst, seat);
  Layer made = layer(moving.tile, fitted.dst, seat);
  made.source.kind = Source::Kind::kTake;
  made.source.take = picture.take;
  made.source.frame = picture.frame;
  made.orientation = format.orientation;
  made.crop = fitted.crop;
  made.effect = effect;
  made.why.take_time = video.start_of(picture.frame);
  if (picture.stopped <= state_.t) made.why.held_for = timeline::sub_times(state_.t, picture.stopped);
  push(std::move(made));
}

void Painter::add_colour(const MovingTile& moving, const Seat& seat) {
  const Rect64 inside = inset(moving.tile.rect, moving.tile.border);
  add_border(moving.tile, inside, seat);
  Layer made = layer(moving.tile, inside, seat);
  made.source.rgb = colour_of(moving.tile.guest);
  push(std::move(made));
}

void Painter::add_avatar(const MovingTile& moving, const Seat& seat) {
  const std::string& path = job_.guests[static_cast<size_t>(moving.tile.guest)].avatar;
  const std::optional<ImageSize> size = path.empty() ? std::nullopt : image_sizes_(path);
  if (!size || size->width < 1 || size->height < 1) return;
  const Rect64& tile = moving.tile.rect;
  constexpr Px64 kEven = 2 * kPixel;
  Px64 side = std::min(tile.w, tile.h) / 2;
  if (moving.at_rest) side -= side % kEven;
  if (side < kEven) return;
  const Rect64 disc{centred(tile.x, tile.w, side, moving.at_rest), centred(tile.y, tile.h, side, moving.at_rest), side,
                    side};
  Layer made = layer(moving.tile, disc, seat);
  made.source.kind = Source::Kind::kImage;
  made.source.image = path;
  made.crop = fit_into(shape_of_image(*size), spec::CustomRect::Fit::kCover, disc, true).crop;
  made.radius = disc.w / 2;
  push(std::move(made));
}

void Painter::add_tile(const MovingTile& moving, const Seat& seat) {
  const bool placeholder = seat.shown.kind == Shown::Kind::kPlaceholder;
  if (!placeholder) return add_picture(moving, seat, Effect::kNone);
  const spec::Placeholder policy = job_.policy.placeholder;
  if (policy == spec::Placeholder::kBlur && seat.shown.picture) return add_picture(moving, seat, Effect::kBlur);
  add_colour(moving, seat);
  if (policy == spec::Placeholder::kAvatar) add_avatar(moving, seat);
}

/// An asset contained in a place; nothing where it is not drawn.
std::optional<Layer> Painter::asset_layer(const std::string& name, const Rational& media_time, const Rect64& place,
                                          bool at_rest) const {
  const auto asset = job_.assets.find(name);
  if (asset == job_.assets.end() || place.w <= 0 || place.h <= 0) return std::nullopt;
  const spec::AssetForm form = spec::form_of(asset->second);
  if (form == spec::AssetForm::kNotYet) return std::nullopt;
  const std::optional<ImageSize> size = image_sizes_(asset->second.uri);
  if (!size || size->width < 1 || size->height < 1) return std::nullopt;
  const Fitted fitted = fit_into(shape_of_image(*size), spec::CustomRect::Fit::kContain, place, at_rest);
  Layer made;
  made.source.kind = Source::Kind::kImage;
  made.source.image = asset->second.uri;
  made.crop = fitted.crop;
  made.dst = fitted.dst;
  if (size->animation == nullptr || form == spec::AssetForm::kPicture) return made;
  made.source.kind = Source::Kind::kAnimation;
  made.source.frame = size->animation->frame_at(media_time);
  made.why.take_time = size->animation->start_of(made.source.frame);
  return made;
}

void Painter::add_overlay(const spec::Overlay& overlay, int64_t number) {
  const Tile tile = fraction_tile(overlay.rect, overlay.alpha, list_.canvas_width, list_.canvas_height);
  std::optional<Layer> made = asset_layer(overlay.asset, state_.t, tile.rect, true);
  if (!made) return;
  made->source.showing = -1 - number;
  made->opacity = tile.opacity;
  made->z = kOverlayZ;
  made->why.reason = "overlay: " + overlay.asset;
  push(*std::move(made));
}

void Painter::add_gift(const timeline::PlayedGift& played, const std::vector<MovingTile>& tiles) {
  const spec::Event& event = timeline_.show().events[static_cast<size_t>(played.event)];
  const auto& gift = std::get<spec::Gift>(event.body);
  Rect64 place = gift_place(list_.canvas_width, list_.canvas_height);
  bool at_rest = true;
  const auto tile = std::find_if(tiles.begin(), tiles.end(), [&](const MovingTile& moving) {
    return job_.guests[static_cast<size_t>(moving.tile.guest)].id == gift.guest;
  });
  if (tile != tiles.end()) {
    place = tile->tile.rect;
    at_rest = tile->at_rest;
  }
  std::optional<Layer> made = asset_layer(gift.asset, timeline::sub_times(state_.t, played.start), place, at_rest);
  if (!made) return;
  made->source.showing = event.line;
  made->z = kGiftZ;
  made->why.guest = tile != tiles.end() ? *gift.guest : "";
  made->why.reason = "gift: " + gift.asset;
  made->why.causes = {event.line};
  push(*std::move(made));
}

/// Everybody with something to show, featured first.
std::vector<Seat> seat_guests(const Timeline& timeline, const State& state) {
  std::vector<Seat> seats;
  for (const StageGuest& guest : state.stage) {
    Seat seat{&guest, shown_at(timeline, guest, state.t)};
    if (seat.shown.kind != Shown::Kind::kAbsent) seats.push_back(std::move(seat));
  }
  std::stable_partition(seats.begin(), seats.end(), [&](const Seat& seat) { return seat.guest->guest == state.focus; });
  return seats;
}

}  // namespace

DrawList draw_list(const Timeline& timeline, const State& state, const spec::Programme& programme,
                   const ImageSizes& image_sizes) {
  DrawList list{programme.canvas.width, programme.canvas.height, programme.canvas.background_rgb, {}};
  const spec::Job& job = timeline.show().job;
  const std::vector<Seat> seats = seat_guests(timeline, state);
  std::vector<int> guests;
  for (const Seat& seat : seats) guests.push_back(seat.guest->guest);
  const bool has_focus = !guests.empty() && guests.front() == state.focus;

  Painter painter(timeline, state, image_sizes, list);
  const std::vector<MovingTile> tiles = tiles_at(state, guests, has_focus, job, list.canvas_width, list.canvas_height);
  for (const MovingTile& moving : tiles) {
    const auto seat = std::find(guests.begin(), guests.end(), moving.tile.guest) - guests.begin();
    painter.add_tile(moving, seats[static_cast<size_t>(seat)]);
  }
  if (programme.burn_in.gifts) {
    for (const timeline::PlayedGift& played : state.gifts) painter.add_gift(played, tiles);
  }
  if (programme.burn_in.overlays) {
    for (size_t k = 0; k < job.overlays.size(); ++k) painter.add_overlay(job.overlays[k], static_cast<int64_t>(k));
  }
  std::stable_sort(list.layers.begin(), list.layers.end(), [](const Layer& a, const Layer& b) { return a.z < b.z; });
  return list;
}

}  // namespace tessera::scene

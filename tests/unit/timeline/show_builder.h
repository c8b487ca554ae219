#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/timeline/state.h"

/// Shows made by hand, with take indices but no media: what the tests of timeline and scene are made of.
namespace tessera::test {

inline constexpr Micros kSecond = kMicrosPerSecond;

inline media::VideoFormat picture_format(int width, int height, Rational sample_aspect = {1, 1},
                                         media::Orientation orientation = 0) {
  media::VideoFormat format;
  format.width = width;
  format.height = height;
  format.sample_aspect = sample_aspect;
  format.orientation = orientation;
  return format;
}

/// `count` pictures, the k-th at round(k / fps) on the tick's grid; each may be edited afterwards.
inline std::shared_ptr<media::TakeIndex> picture_take(int64_t count, const Rational& fps,
                                                      const Rational& tick = {1, 90000},
                                                      const media::VideoFormat& format = picture_format(1280, 720)) {
  auto video = std::make_shared<media::VideoIndex>();
  video->stream = 0;
  video->codec = "h264";
  video->tick = tick;
  video->formats.push_back(format);
  const auto ticks_of = [&](int64_t k) { return muldiv_round(k * fps.den, tick.den, fps.num * tick.num); };
  for (int64_t k = 0; k < count; ++k) video->frames.push_back({ticks_of(k), 0, false});
  video->median_interval = ticks_of(1);
  video->last_duration = ticks_of(1);
  auto take = std::make_shared<media::TakeIndex>();
  take->path = "take";
  take->video = video;
  take->duration = muldiv_round(count * fps.den, kMicrosPerSecond, fps.num);
  return take;
}

inline std::shared_ptr<media::TakeIndex> sound_take(Micros duration) {
  auto take = std::make_shared<media::TakeIndex>();
  take->path = "sound";
  take->duration = duration;
  take->audio = std::make_shared<media::AudioIndex>();
  return take;
}

class ShowBuilder {
 public:
  ShowBuilder() {
    spec::Programme programme;
    programme.id = "main";
    show.job.programmes.push_back(programme);
  }

  int guest(const std::string& id) {
    spec::Guest made;
    made.id = id;
    made.name = id;
    show.job.guests.push_back(made);
    return static_cast<int>(show.job.guests.size()) - 1;
  }

  /// @param index null for a lost take
  void take(int guest_number, std::shared_ptr<media::TakeIndex> index, const spec::Take& take) {
    auto& of_guest = show.job.guests[static_cast<size_t>(guest_number)].takes;
    takes.emplace_back(guest_number, static_cast<int>(of_guest.size()), take, std::move(index));
    of_guest.push_back(take);
  }
  void take(int guest_number, std::shared_ptr<media::TakeIndex> index, Micros at) {
    spec::Take placed;
    placed.at = at;
    take(guest_number, std::move(index), placed);
  }

  /// A line of the log, in the file's order; lines count from 1.
  void event(Micros t, const std::string& type, spec::EventBody body) {
    show.events.push_back({t, "", type, ++lines, std::move(body)});
  }
  void join(Micros t, const std::string& id) { event(t, "guest.join", spec::GuestJoin{id}); }
  void leave(Micros t, const std::string& id) { event(t, "guest.leave", spec::GuestLeave{id}); }
  void mute(Micros t, const std::string& id, bool audio, bool video) {
    event(t, "guest.mute", spec::GuestMute{id, audio, video});
  }
  void unmute(Micros t, const std::string& id, bool audio, bool video) {
    event(t, "guest.unmute", spec::GuestUnmute{id, audio, video});
  }
  void focus(Micros t, std::optional<std::string> id) { event(t, "guest.focus", spec::GuestFocus{std::move(id)}); }
  void layout(Micros t, spec::LayoutKind kind, Micros transition, std::vector<spec::CustomRect> rects = {}) {
    event(t, "layout.set", spec::LayoutSet{kind, transition, std::move(rects)});
  }

  void gift(Micros t, const std::string& asset, std::optional<std::string> guest = std::nullopt) {
    spec::Gift gift;
    gift.asset = asset;
    gift.guest = std::move(guest);
    event(t, "gift", std::move(gift));
  }

  timeline::Timeline build() const {
    spec::Show sorted = show;
    std::stable_sort(sorted.events.begin(), sorted.events.end(),
                     [](const spec::Event& a, const spec::Event& b) { return a.t < b.t; });
    return timeline::Timeline(sorted, takes, gift_lengths);
  }
  const spec::Programme& programme() const { return show.job.programmes.front(); }
  spec::Canvas& canvas() { return show.job.programmes.front().canvas; }

  spec::Show show;
  std::vector<timeline::PlacedTake> takes;
  timeline::GiftLengths gift_lengths;
  int lines = 0;
};

}  // namespace tessera::test

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/spec/job.h"

/// The event log as plain values (job-format.md, "Events").
namespace tessera::spec {

struct User {
  std::string id, name, avatar;
};

struct CustomRect {
  std::string guest;
  RectFraction rect;
  enum class Fit : uint8_t { kFill, kCover, kContain } fit = Fit::kCover;
  int z = 0;
  Millionths alpha = kOne;
  Millionths radius = 0;  ///< grid units (1/36 of the canvas's short side)
  Millionths border = 0;  ///< grid units
};

struct GuestJoin {
  std::string guest;
};
struct GuestLeave {
  std::string guest;
};
struct GuestMute {
  std::string guest;
  bool audio = true, video = true;
};
struct GuestUnmute {
  std::string guest;
  bool audio = true, video = true;
};
struct GuestFocus {
  std::optional<std::string> guest;
};
struct LayoutSet {
  LayoutKind layout = LayoutKind::kGrid;
  Micros transition = 300'000;
  std::vector<CustomRect> rects;
};
struct Gift {
  std::string asset;
  User user;
  std::optional<std::string> guest;
  int64_t count = 1;
  std::string streak;
  int64_t value = 0;
  std::string text;
};
struct CoinsDrop {
  User user;
  int64_t coins = 0;
  Micros duration = 0;
};
struct Comment {
  User user;
  std::string text, lang;
  bool pin = false;
};  ///< comment and comment.pin
struct QuestionShow {
  User user;
  std::string text;
};
struct QuestionHide {
  User user;
  std::string text;
};
struct PollOpen {
  std::string poll, question;
  std::vector<std::string> options;
};
struct PollCount {
  std::string poll;
  std::vector<int64_t> counts;
};
struct PollClose {
  std::string poll;
  std::vector<int64_t> counts;
};
struct GoalSet {
  std::string label;
  int64_t target = 0, value = 0;
};
struct GoalProgress {
  std::string label;
  int64_t value = 0;
};
struct ProductPin {
  std::string title, price, image;
};
struct ProductUnpin {
  std::string title;
};
struct MatchStart {
  std::vector<std::vector<std::string>> teams;
  Micros duration = 0;
};
struct MatchScore {
  std::vector<int64_t> scores;
};
struct MatchEnd {
  std::vector<int64_t> scores;
  std::string winner;
};
struct Shoutout {
  User user;
  std::string text;
};
struct Moderate {
  std::optional<std::string> guest;
  std::optional<RectFraction> rect;
  enum class Action : uint8_t { kBlur, kPixelate, kBlackout } action = Action::kBlur;
  Micros start = 0, end = 0;
  bool audio = false;
};
struct Retract {
  std::string id;
};
struct Caption {
  std::string text;
  Micros end = 0;
  std::string lang;
};
struct Marker {
  std::string label;
};

using EventBody =
    std::variant<GuestJoin, GuestLeave, GuestMute, GuestUnmute, GuestFocus, LayoutSet, Gift, CoinsDrop, Comment,
                 QuestionShow, QuestionHide, PollOpen, PollCount, PollClose, GoalSet, GoalProgress, ProductPin,
                 ProductUnpin, MatchStart, MatchScore, MatchEnd, Shoutout, Moderate, Retract, Caption, Marker>;

struct Event {
  Micros t = 0;      ///< show time
  std::string id;    ///< may be empty
  std::string type;  ///< the word in the log: "guest.join"
  int line = 0;      ///< 1-based line of the log
  EventBody body;
};

/// True where an event's drawing (or effect) exists in this version; false: accepted, told by `validate`, not drawn
/// yet.
/// @param job its assets decide for gifts
bool is_drawn(const EventBody& body, const Job& job);

}  // namespace tessera::spec

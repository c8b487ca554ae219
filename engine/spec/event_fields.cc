#include "engine/spec/event_fields.h"

#include <memory>

#include "engine/spec/job_fields.h"
#include "engine/spec/kinds.h"
#include "engine/spec/words.h"

namespace tessera::spec {
namespace {

constexpr Need kRequired = Need::kRequired;
constexpr Need kOptional = Need::kOptional;
constexpr Need kDerived = Need::kDerived;

constexpr int64_t kMaxCount = 1'000'000;
constexpr int64_t kMaxValue = 1'000'000'000'000'000;  // below 2^53: other tools read it exactly

Time time_from_zero() { return {0, kMaxTime}; }
Text long_text() { return {1, 4096}; }
Text label() { return {1, 256}; }
Whole<int64_t> amount() { return {0, kMaxValue}; }
List<Whole<int64_t>> amounts(size_t min, size_t max) { return {amount(), min, max}; }

template <class B>
Row<B> user_row() {
  return row<B>("user", &B::user, Object<User>{}, kRequired, "The viewer.");
}
template <class B>
Row<B> guest_row() {
  return row<B>("guest", &B::guest, id_kind(), kRequired, "An id of the job.");
}

using Rows = std::vector<EventType>;

const Table<Event>& head_table() {
  static const Table<Event> fields{
      "event",
      "",
      {row<Event>("t", &Event::t, time_from_zero(), kRequired, "Show time."),
       row<Event>("type", &Event::type, Text{1, 64}, kRequired, "What happened."),
       hidden_row<Event>("id", &Event::id, Text{1, 256}, "Makes a line that is delivered twice count once.")}};
  return fields;
}

template <class B>
EventType make_type(std::string_view word, std::string_view help, std::vector<Row<B>> rows, B defaults = {}) {
  const auto fields = std::make_shared<const Table<B>>(Table<B>{word, help, std::move(rows)});
  EventType type{word, help, {}, {}};
  type.read = [fields, defaults](const Node& node, const Report& report) -> EventBody {
    B body = defaults;
    read_rows(*fields, node, body, report);
    std::vector<std::string_view> keys;
    append_keys(head_table(), keys);
    append_keys(*fields, keys);
    check_keys(node, keys, report);
    return body;
  };
  type.schema = [fields] {
    Json schema = object_schema(fields->help);
    add_schema_rows(head_table(), schema);
    schema["properties"]["type"] = {{"const", fields->name}};
    add_schema_rows(*fields, schema);
    return schema;
  };
  return type;
}

template <class B>
std::vector<Row<B>> mute_rows() {
  return {guest_row<B>(), row<B>("audio", &B::audio, Flag{}, kOptional, "The sound."),
          row<B>("video", &B::video, Flag{}, kOptional, "The picture.")};
}

void add_stage_types(Rows& types) {
  types.push_back(make_type<GuestJoin>("guest.join", "On stage.", {guest_row<GuestJoin>()}));
  types.push_back(make_type<GuestLeave>("guest.leave", "Off stage.", {guest_row<GuestLeave>()}));
  types.push_back(make_type<GuestMute>("guest.mute", "Sound and picture cut.", mute_rows<GuestMute>()));
  types.push_back(make_type<GuestUnmute>("guest.unmute", "Sound and picture back.", mute_rows<GuestUnmute>()));
  types.push_back(make_type<GuestFocus>(
      "guest.focus", "The featured guest: large tile, first seat.",
      {row<GuestFocus>("guest", &GuestFocus::guest, Nullable<Pattern>{id_kind()}, kRequired, "An id, or null.")}));
  types.push_back(make_type<LayoutSet>(
      "layout.set", "Where the guests are.",
      {row<LayoutSet>("layout", &LayoutSet::layout, layout_words(), kRequired, "The layout's name."),
       row<LayoutSet>("transition", &LayoutSet::transition, Time{0, 60 * kMicrosPerSecond}, kOptional, "Seconds."),
       row<LayoutSet>("rects", &LayoutSet::rects, List<Object<CustomRect>>{{}, 0, kMaxRects}, kOptional,
                      "Of the layout `custom`.")}));
}

void add_gift_types(Rows& types) {
  types.push_back(make_type<Gift>(
      "gift", "An animation.",
      {row<Gift>("asset", &Gift::asset, id_kind(), kRequired, "A name in the job's `assets`."), user_row<Gift>(),
       row<Gift>("guest", &Gift::guest, id_kind(), kDerived, "To whom; default: to the show."),
       row<Gift>("count", &Gift::count, Whole<int64_t>(1, kMaxCount), kOptional, "How many."),
       hidden_row<Gift>("streak", &Gift::streak, Text{1, 256}, "Equal streaks continue one combo."),
       row<Gift>("value", &Gift::value, amount(), kOptional, "What it is worth."),
       row<Gift>("text", &Gift::text, Text{0, 4096}, kOptional, "A message.")}));
  types.push_back(make_type<CoinsDrop>(
      "coins.drop", "A treasure: countdown, opening, coin rain.",
      {user_row<CoinsDrop>(), row<CoinsDrop>("coins", &CoinsDrop::coins, amount(), kRequired, "How many."),
       row<CoinsDrop>("duration", &CoinsDrop::duration, time_from_zero(), kRequired, "Seconds.")}));
}

void add_chat_types(Rows& types) {
  const std::vector<Row<Comment>> comment = {
      user_row<Comment>(), row<Comment>("text", &Comment::text, long_text(), kRequired, "What was written."),
      row<Comment>("lang", &Comment::lang, optional_lang_kind(), kOptional, "Its language; empty: not known.")};
  types.push_back(make_type<Comment>("comment", "A chat line.", comment));
  types.push_back(make_type<Comment>("comment.pin", "A chat line that stays.", comment, Comment{{}, {}, {}, true}));
  types.push_back(make_type<QuestionShow>(
      "question.show", "A question card.",
      {user_row<QuestionShow>(), row<QuestionShow>("text", &QuestionShow::text, long_text(), kRequired, "It.")}));
  types.push_back(make_type<QuestionHide>(
      "question.hide", "The question card leaves.",
      {row<QuestionHide>("user", &QuestionHide::user, Object<User>{}, kDerived, "The viewer; default: any."),
       row<QuestionHide>("text", &QuestionHide::text, Text{0, 4096}, kOptional, "It; default: any.")}));
  types.push_back(make_type<Shoutout>(
      "shoutout", "A viewer is named on screen.",
      {user_row<Shoutout>(), row<Shoutout>("text", &Shoutout::text, Text{0, 4096}, kOptional, "A message.")}));
}

void add_card_types(Rows& types) {
  const auto poll = [](auto member) { return row<PollOpen>("poll", member, id_kind(), kRequired, "The poll's id."); };
  types.push_back(make_type<PollOpen>(
      "poll.open", "A poll card with bars.",
      {poll(&PollOpen::poll), row<PollOpen>("question", &PollOpen::question, long_text(), kRequired, "It."),
       row<PollOpen>("options", &PollOpen::options, List<Text>{label(), 2, 20}, kRequired, "The answers.")}));
  types.push_back(make_type<PollCount>(
      "poll.count", "New counts.",
      {row<PollCount>("poll", &PollCount::poll, id_kind(), kRequired, "The poll's id."),
       row<PollCount>("counts", &PollCount::counts, amounts(2, 20), kRequired, "One an option.")}));
  types.push_back(make_type<PollClose>(
      "poll.close", "The poll ends.",
      {row<PollClose>("poll", &PollClose::poll, id_kind(), kRequired, "The poll's id."),
       row<PollClose>("counts", &PollClose::counts, amounts(0, 20), kOptional, "One an option; default: the last.")}));
  types.push_back(
      make_type<GoalSet>("goal.set", "A goal bar.",
                         {row<GoalSet>("label", &GoalSet::label, label(), kRequired, "Its name."),
                          row<GoalSet>("target", &GoalSet::target, Whole<int64_t>(1, kMaxValue), kRequired, "Full at."),
                          row<GoalSet>("value", &GoalSet::value, amount(), kOptional, "Now.")}));
  types.push_back(make_type<GoalProgress>(
      "goal.progress", "The goal's bar moves.",
      {row<GoalProgress>("label", &GoalProgress::label, Text{0, 256}, kOptional, "Default: the last goal set."),
       row<GoalProgress>("value", &GoalProgress::value, amount(), kRequired, "Now.")}));
  types.push_back(make_type<ProductPin>(
      "product.pin", "A shopping card.",
      {row<ProductPin>("title", &ProductPin::title, label(), kRequired, "The product."),
       row<ProductPin>("price", &ProductPin::price, Text{0, 64}, kOptional, "As printed."),
       row<ProductPin>("image", &ProductPin::image, optional_uri_kind(), kOptional, "A picture; empty: none.")}));
  types.push_back(make_type<ProductUnpin>(
      "product.unpin", "The shopping card leaves.",
      {row<ProductUnpin>("title", &ProductUnpin::title, Text{0, 256}, kOptional, "Default: any.")}));
}

void add_match_types(Rows& types) {
  const List<List<Pattern>> teams{{id_kind(), 1, 9}, 2, 4};
  types.push_back(make_type<MatchStart>(
      "match.start", "A battle: split stage, score bar, countdown.",
      {row<MatchStart>("teams", &MatchStart::teams, teams, kRequired, "Lists of guests."),
       row<MatchStart>("duration", &MatchStart::duration, time_from_zero(), kRequired, "Seconds.")}));
  types.push_back(
      make_type<MatchScore>("match.score", "New scores.",
                            {row<MatchScore>("scores", &MatchScore::scores, amounts(2, 4), kRequired, "One a team.")}));
  types.push_back(make_type<MatchEnd>(
      "match.end", "The battle's result.",
      {row<MatchEnd>("scores", &MatchEnd::scores, amounts(0, 4), kOptional, "One a team; default: the last."),
       row<MatchEnd>("winner", &MatchEnd::winner, Text{0, 128}, kOptional, "A guest of the team; empty: a draw.")}));
}

void add_other_types(Rows& types) {
  types.push_back(make_type<Moderate>(
      "moderate", "Hides a guest or a rectangle for a span; may reach back in time.",
      {row<Moderate>("guest", &Moderate::guest, id_kind(), kDerived, "This, or `rect`."),
       row<Moderate>("rect", &Moderate::rect, Object<RectFraction>{}, kDerived, "This, or `guest`."),
       row<Moderate>("action", &Moderate::action, action_words(), kRequired, "How."),
       row<Moderate>("start", &Moderate::start, time_from_zero(), kRequired, "Show time."),
       row<Moderate>("end", &Moderate::end, time_from_zero(), kRequired, "Show time, after start."),
       row<Moderate>("audio", &Moderate::audio, Flag{}, kOptional, "Silences as well.")}));
  types.push_back(
      make_type<Retract>("retract", "The event with this id never happened.",
                         {row<Retract>("id", &Retract::id, Text{1, 256}, kRequired, "The other event's id.")}));
  types.push_back(make_type<Caption>(
      "caption", "A subtitle.",
      {row<Caption>("text", &Caption::text, long_text(), kRequired, "It."),
       row<Caption>("end", &Caption::end, time_from_zero(), kRequired, "Show time, after t."),
       row<Caption>("lang", &Caption::lang, optional_lang_kind(), kOptional, "Default: the job's.")}));
  types.push_back(make_type<Marker>("marker", "A chapter.",
                                    {row<Marker>("label", &Marker::label, label(), kRequired, "Its name.")}));
}

}  // namespace

template <>
const Table<User>& table<User>() {
  static const Table<User> fields{
      "user",
      "A viewer.",
      {row<User>("id", &User::id, Text{1, 256}, kRequired, "Of the platform."),
       row<User>("name", &User::name, Text{0, 256}, kDerived, "What viewers read; default: the id."),
       row<User>("avatar", &User::avatar, optional_uri_kind(), kOptional, "A picture; empty: none.")}};
  return fields;
}

template <>
const Table<CustomRect>& table<CustomRect>() {
  const auto part = [](Millionths RectFraction::*member) {
    return [member](CustomRect& r) -> Millionths& { return r.rect.*member; };
  };
  static const Table<CustomRect> fields{
      "custom_rect",
      "Where one guest is: exactly these pixels.",
      {row<CustomRect>("guest", &CustomRect::guest, id_kind(), kRequired, "An id of the job."),
       row<CustomRect>("x", part(&RectFraction::x), Decimal{6, -10 * kOne, 10 * kOne}, kRequired, "Left edge."),
       row<CustomRect>("y", part(&RectFraction::y), Decimal{6, -10 * kOne, 10 * kOne}, kRequired, "Top edge."),
       row<CustomRect>("w", part(&RectFraction::w), Decimal{6, 1, 10 * kOne}, kRequired, "Width."),
       row<CustomRect>("h", part(&RectFraction::h), Decimal{6, 1, 10 * kOne}, kRequired, "Height."),
       row<CustomRect>("fit", &CustomRect::fit, fit_words(), kOptional, "How the picture fills it."),
       row<CustomRect>("z", &CustomRect::z, Whole<int>(-1000, 1000), kOptional, "Higher is nearer."),
       row<CustomRect>("alpha", &CustomRect::alpha, Decimal{6, 0, kOne}, kOptional, "Opacity, 0 to 1."),
       row<CustomRect>("radius", &CustomRect::radius, Decimal{6, 0, 36 * kOne}, kOptional, "Of corners, grid units."),
       row<CustomRect>("border", &CustomRect::border, Decimal{6, 0, 36 * kOne}, kOptional, "Width, grid units.")}};
  return fields;
}

const std::vector<EventType>& event_types() {
  static const std::vector<EventType> types = [] {
    Rows rows;
    add_stage_types(rows);
    add_gift_types(rows);
    add_chat_types(rows);
    add_card_types(rows);
    add_match_types(rows);
    add_other_types(rows);
    return rows;
  }();
  return types;
}

const EventType* find_event_type(std::string_view word) {
  for (const EventType& type : event_types()) {
    if (type.word == word) return &type;
  }
  return nullptr;
}

const EventType* read_event_head(const Node& node, Event& event, const Report& report) {
  if (!check_object(node, report)) return nullptr;
  read_rows(head_table(), node, event, report);
  if (event.type.empty()) return nullptr;
  const EventType* type = find_event_type(event.type);
  if (type == nullptr) {
    std::vector<std::string_view> words;
    for (const EventType& known : event_types()) words.push_back(known.word);
    const std::string hint = suggestion(event.type, words);
    report.at("type").add(in_quotes(event.type) + " is no event type" +
                          (hint.empty() ? "; wanted " + join_or(words) : hint));
  }
  return type;
}

void add_event_definitions(Json& definitions) {
  definitions["user"] = table_schema(table<User>());
  definitions["custom_rect"] = table_schema(table<CustomRect>());
  Json words = Json::array();
  Json branches = Json::array();
  for (const EventType& type : event_types()) {
    const std::string name = "event-" + std::string(type.word);
    definitions[name] = type.schema();
    words.push_back(type.word);
    branches.push_back(
        {{"if", {{"properties", {{"type", {{"const", type.word}}}}}, {"required", Json::array({"type"})}}},
         {"then", {{"$ref", "#/$defs/" + name}}}});
  }
  definitions["event"] = {{"description", "One line of the event log."},
                          {"type", "object"},
                          {"required", Json::array({"t", "type"})},
                          {"properties", {{"type", {{"enum", words}}}}},
                          {"allOf", branches}};
}

}  // namespace tessera::spec

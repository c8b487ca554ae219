#include "engine/spec/job_fields.h"

#include "engine/spec/kinds.h"
#include "engine/spec/ladder_presets.h"
#include "engine/spec/words.h"

namespace tessera::spec {
namespace {

constexpr Need kRequired = Need::kRequired;
constexpr Need kOptional = Need::kOptional;
constexpr Need kDerived = Need::kDerived;

Time any_time() { return {-kMaxTime, kMaxTime}; }
Time time_from_zero() { return {0, kMaxTime}; }
Decimal gain() { return {3, -120'000, 24'000}; }

/// A list of renditions, or a preset's name; the latter is replaced by its rungs at once, so `canvas` must come first.
Row<Programme> ladder_row() {
  const List<Object<Rendition>> list{{}, 1, kMaxRenditions};
  const std::vector<std::string_view> names(ladder_preset_names().begin(), ladder_preset_names().end());
  const std::string wanted = list.wanted() + " renditions, or " + join_or(names);
  Row<Programme> r{"ladder", kRequired, "Renditions, or a preset's name.", wanted, {}, {}, {}};
  r.read = [=](const Node& node, Programme& out, const Report& report) {
    if (node.is(Node::Kind::kArray)) return list.read(node, out.ladder, report);
    if (!node.is(Node::Kind::kString)) return report.add(describe(node) + "; wanted " + wanted);
    const int index = read_word(node, names, report);
    if (index >= 0) out.ladder = ladder_preset(names[static_cast<size_t>(index)], out.canvas);
  };
  r.write = [=](const Programme& in) -> std::optional<Json> { return list.write(in.ladder); };
  r.schema = [=]() -> Json { return {{"anyOf", Json::array({list.schema(), Json{{"enum", names}}})}}; };
  return r;
}

}  // namespace

template <>
const Table<RectFraction>& table<RectFraction>() {
  static const Table<RectFraction> fields{
      "rect",
      "A rectangle as fractions of the canvas.",
      {row<RectFraction>("x", &RectFraction::x, Decimal{6, -10 * kOne, 10 * kOne}, kRequired, "Left edge."),
       row<RectFraction>("y", &RectFraction::y, Decimal{6, -10 * kOne, 10 * kOne}, kRequired, "Top edge."),
       row<RectFraction>("w", &RectFraction::w, Decimal{6, 1, 10 * kOne}, kRequired, "Width."),
       row<RectFraction>("h", &RectFraction::h, Decimal{6, 1, 10 * kOne}, kRequired, "Height.")}};
  return fields;
}

template <>
const Table<Take>& table<Take>() {
  static const Table<Take> fields{
      "take",
      "One continuous recording of a guest.",
      {row<Take>("uri", &Take::uri, uri_kind(), kRequired, "The media file, relative to the job file."),
       row<Take>("at", &Take::at, any_time(), kOptional, "Show time of the take's time `in`."),
       row<Take>("in", &Take::in, time_from_zero(), kOptional, "Take time where it begins to be used."),
       row<Take>("out", &Take::out, time_from_zero(), kDerived,
                 "Take time where it ends to be used; default: the take's end."),
       row<Take>("gain_db", &Take::gain_mdb, gain(), kOptional, "Gain of its sound in decibels."),
       row<Take>("clock", &Take::clock, List<Pair<Time>>{{time_from_zero(), any_time()}, 0, 10'000}, kOptional,
                 "Points [take seconds, show seconds], both rising: a piecewise linear map that replaces `at`."),
       row<Take>("video", &Take::video, Whole<int>(-1, 1000), kDerived,
                 "Stream index, -1: none; default: the container's best."),
       row<Take>("audio", &Take::audio, Whole<int>(-1, 1000), kDerived,
                 "Stream index, -1: none; default: the container's best.")}};
  return fields;
}

template <>
const Table<Guest>& table<Guest>() {
  static const Table<Guest> fields{
      "guest",
      "A participant of the show.",
      {row<Guest>("id", &Guest::id, id_kind(), kRequired, "What events call the guest."),
       row<Guest>("name", &Guest::name, Text{1, 256}, kDerived, "What viewers read; default: the id."),
       row<Guest>("avatar", &Guest::avatar, optional_uri_kind(), kOptional, "A picture; empty: none."),
       hidden_row<Guest>("role", &Guest::role, plain_words({"guest", "host"}), "Default: guest."),
       row<Guest>("takes", &Guest::takes, List<Object<Take>>{{}, 0, kMaxTakes}, kOptional,
                  "The guest's recordings; a reconnect is a new take.")}};
  return fields;
}

template <>
const Table<Asset>& table<Asset>() {
  static const Table<Asset> fields{"asset",
                                   "A picture or an animation, named by events and overlays.",
                                   {row<Asset>("uri", &Asset::uri, uri_kind(), kRequired, "The file."),
                                    hidden_row<Asset>("kind", &Asset::kind,
                                                      plain_words({"auto", "image", "video", "vap", "yyeva",
                                                                   "alphaplayer", "svga", "lottie", "webp"}),
                                                      "What it is; default: auto, found from the file.")}};
  return fields;
}

template <>
const Table<Sound>& table<Sound>() {
  static const Table<Sound> fields{
      "sound",
      "Music or another sound of the show itself.",
      {row<Sound>("uri", &Sound::uri, uri_kind(), kRequired, "The file."),
       row<Sound>("at", &Sound::at, any_time(), kOptional, "Show time of its start."),
       row<Sound>("gain_db", &Sound::gain_mdb, gain(), kOptional, "Gain in decibels."),
       row<Sound>("loop", &Sound::loop, Flag{}, kOptional, "Starts again at its end."),
       row<Sound>("duck", &Sound::duck, Flag{}, kOptional, "Lowered while guests speak.")}};
  return fields;
}

template <>
const Table<Overlay>& table<Overlay>() {
  static const Table<Overlay> fields{
      "overlay",
      "A picture over the whole show.",
      {row<Overlay>("asset", &Overlay::asset, id_kind(), kRequired, "A name in `assets`."),
       row<Overlay>("rect", &Overlay::rect, Object<RectFraction>{}, kOptional, "Where; default: the whole canvas."),
       row<Overlay>("alpha", &Overlay::alpha, Decimal{6, 0, kOne}, kOptional, "Opacity, 0 to 1.")}};
  return fields;
}

template <>
const Table<Policy>& table<Policy>() {
  static const Table<Policy> fields{
      "policy",
      "What happens when a guest's picture is missing.",
      {row<Policy>("hold", &Policy::hold, time_from_zero(), kOptional, "How long the last picture stays."),
       row<Policy>("placeholder", &Policy::placeholder, placeholder_words(), kOptional, "What is shown then."),
       row<Policy>("placeholder_for", &Policy::placeholder_for, time_from_zero(), kOptional,
                   "For how long; then the tile leaves."),
       row<Policy>("lost_take", &Policy::lost_take, lost_take_words(), kOptional, "For takes that can't be opened."),
       row<Policy>("strict", &Policy::strict, Flag{}, kOptional, "Anything degraded is an error.")}};
  return fields;
}

template <>
const Table<Mix>& table<Mix>() {
  static const Table<Mix> fields{
      "mix",
      "One mixed, encoded sound of the show.",
      {row<Mix>("id", &Mix::id, id_kind(), kRequired, "What programmes call it."),
       row<Mix>("lang", &Mix::lang, lang_kind(), kDerived, "Its language; default: the job's."),
       row<Mix>("codec", &Mix::codec, plain_words({"aac"}), kOptional, "AAC-LC."),
       row<Mix>("bitrate", &Mix::bitrate_bps, Whole<int64_t>(16'000, 512'000), kOptional, "Bits per second."),
       row<Mix>("loudness_lufs", &Mix::loudness_mlufs, Decimal{3, -50'000, -5'000}, kOptional,
                "EBU R128 integrated loudness to aim at."),
       row<Mix>("stems", &Mix::stems, Flag{}, kOptional, "Also one sound file a guest.")}};
  return fields;
}

template <>
const Table<Canvas>& table<Canvas>() {
  static const Table<Canvas> fields{
      "canvas",
      "The picture a programme is composed on.",
      {row<Canvas>("width", &Canvas::width, Whole<int>(2, 8192, 2), kOptional, "Pixels."),
       row<Canvas>("height", &Canvas::height, Whole<int>(2, 8192, 2), kOptional, "Pixels."),
       row<Canvas>("fps", &Canvas::fps, Rate{}, kOptional, "Frames per second."),
       row<Canvas>("depth", &Canvas::depth, Whole<int>(8, 10, 2), kOptional, "Bits a sample."),
       row<Canvas>("background", &Canvas::background_rgb, Colour{}, kOptional, "BT.709 full range.")}};
  return fields;
}

template <>
const Table<Rendition>& table<Rendition>() {
  constexpr int64_t kMinRate = 1'000;
  constexpr int64_t kMaxRate = 500'000'000;
  static const Table<Rendition> fields{
      "rendition",
      "One encoded size and bitrate.",
      {hidden_row<Rendition>("name", &Rendition::name, id_kind(), "Default: its short side, \"720p\"."),
       row<Rendition>("width", &Rendition::width, Whole<int>(2, 8192, 2), kRequired, "Pixels."),
       row<Rendition>("height", &Rendition::height, Whole<int>(2, 8192, 2), kRequired, "Pixels."),
       row<Rendition>("codec", &Rendition::codec, codec_words(), kOptional, "Video codec."),
       hidden_row<Rendition>("bitrate", &Rendition::bitrate_bps, Whole<int64_t>(kMinRate, kMaxRate),
                             "Average bits per second; wanted unless `quality` is given."),
       hidden_row<Rendition>("maxrate", &Rendition::maxrate_bps, Whole<int64_t>(kMinRate, 2 * kMaxRate),
                             "Peak bits per second; default: 1.5 x bitrate."),
       hidden_row<Rendition>("bufsize", &Rendition::bufsize_bits, Whole<int64_t>(kMinRate, 8 * kMaxRate),
                             "Bits of the decoder's buffer; default: one second of maxrate."),
       row<Rendition>("quality", &Rendition::quality, Whole<int>(0, 51), kDerived,
                      "Constant quality instead of a bitrate (CRF, lower is better), capped by maxrate."),
       row<Rendition>("preset", &Rendition::preset, plain_words(encoder_presets()), kOptional, "Of the encoder."),
       hidden_row<Rendition>(
           "profile", &Rendition::profile, plain_words({"baseline", "main", "high", "high10", "main10"}),
           "Default: high, or high10 at 10 bit (h264); main, or main10 at 10 bit (hevc); main (av1)."),
       row<Rendition>("bframes", &Rendition::bframes, Whole<int>(0, 16), kOptional,
                      "B-frames in a row; none with the baseline profile."),
       row<Rendition>("encoder", &Rendition::encoder, encoder_words(), kOptional,
                      "`auto` is resolved when the job is planned.")}};
  return fields;
}

template <>
const Table<Highlights>& table<Highlights>() {
  static const Table<Highlights> fields{
      "highlights",
      "Makes a programme a reel of re-rendered spans.",
      {row<Highlights>("count", &Highlights::count, Whole<int>(1, 100), kOptional, "Spans."),
       row<Highlights>("min", &Highlights::min, Time{kMicrosPerSecond, kMaxTime}, kOptional, "Shortest span."),
       row<Highlights>("max", &Highlights::max, Time{kMicrosPerSecond, kMaxTime}, kOptional, "Longest span.")}};
  return fields;
}

template <>
const Table<Programme>& table<Programme>() {
  static const Table<Programme> fields{
      "programme",
      "One composed output of the show.",
      {row<Programme>("id", &Programme::id, id_kind(), kRequired, "Its folder in the output."),
       row<Programme>("canvas", &Programme::canvas, Object<Canvas>{}, kOptional, "What it is composed on."),
       row<Programme>("layout", &Programme::layout, layout_words(), kOptional, "Until the first layout.set."),
       row<Programme>("burn_in", &Programme::burn_in, BurnInWords{}, kOptional,
                      "What is drawn; what is not drawn is still delivered as timed metadata."),
       row<Programme>("mixes", &Programme::mixes, List<Pattern>{id_kind(), 1, 16}, kDerived,
                      "Ids of the job's mixes; default: all."),
       ladder_row(),
       row<Programme>("highlights", &Programme::highlights, Object<Highlights>{}, kDerived, "Default: none.")}};
  return fields;
}

template <>
const Table<Packaging>& table<Packaging>() {
  static const Table<Packaging> fields{
      "packaging",
      "How the output is cut and listed.",
      {row<Packaging>("segment", &Packaging::segment, Time{100'000, 60 * kMicrosPerSecond}, kOptional,
                      "Length of a segment: a whole number of GOPs."),
       row<Packaging>("gop", &Packaging::gop, Time{100'000, 60 * kMicrosPerSecond}, kOptional,
                      "Length of a group of pictures, rounded to whole frames."),
       row<Packaging>("chunk_segments", &Packaging::chunk_segments, Whole<int>(1, 1000), kOptional,
                      "Segments that are rendered as one piece of work."),
       row<Packaging>("hls", &Packaging::hls, Flag{}, kOptional, "HLS playlists."),
       row<Packaging>("dash", &Packaging::dash, Flag{}, kOptional, "A DASH manifest."),
       row<Packaging>("mp4", &Packaging::mp4, Flag{}, kOptional, "One progressive MP4 per programme.")}};
  return fields;
}

template <>
const Table<Job>& table<Job>() {
  static const Table<Job> fields{
      "job",
      "A tessera job, version 1.",
      {row<Job>("version", &Job::version, Whole<int>(1, 1), kOptional, "Of the format."),
       row<Job>("id", &Job::id, id_kind(), kRequired, "What the show is called."),
       row<Job>("duration", &Job::duration, Time{1, kMaxTime}, kDerived, "Seconds; default: the end of the last take."),
       row<Job>("epoch", &Job::epoch, epoch_kind(), kOptional, "Wall-clock time of show time 0, RFC 3339."),
       row<Job>("seed", &Job::seed,
                Whole<int64_t>(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()), kOptional,
                "Of everything random."),
       row<Job>("lang", &Job::lang, lang_kind(), kOptional, "The show's language, BCP 47."),
       row<Job>("guests", &Job::guests, List<Object<Guest>>{{}, 1, kMaxGuests}, kRequired, "The participants."),
       row<Job>("assets", &Job::assets, Map<Object<Asset>>{{}, 1000}, kOptional, "Pictures and animations by name."),
       row<Job>("sounds", &Job::sounds, List<Object<Sound>>{{}, 0, 100}, kOptional, "Music and the like."),
       row<Job>("overlays", &Job::overlays, List<Object<Overlay>>{{}, 0, 64}, kOptional, "Drawn in this order."),
       row<Job>("events", &Job::events, optional_uri_kind(), kOptional, "The event log, JSON lines; empty: none."),
       row<Job>("theme", &Job::theme, optional_uri_kind(), kOptional, "Fonts and colours of cards; empty: built in."),
       row<Job>("policy", &Job::policy, Object<Policy>{}, kOptional, "For missing pictures."),
       row<Job>("mixes", &Job::mixes, List<Object<Mix>>{{}, 1, 16}, kDerived, "Default: one, \"main\"."),
       row<Job>("programmes", &Job::programmes, List<Object<Programme>>{{}, 1, kMaxProgrammes}, kRequired,
                "The outputs."),
       row<Job>("packaging", &Job::packaging, Object<Packaging>{}, kOptional, "Segments and manifests.")}};
  return fields;
}

void add_job_definitions(Json& definitions) {
  const auto add = [&](const auto& fields) { definitions[std::string(fields.name)] = table_schema(fields); };
  add(table<RectFraction>());
  add(table<Take>());
  add(table<Guest>());
  add(table<Asset>());
  add(table<Sound>());
  add(table<Overlay>());
  add(table<Policy>());
  add(table<Mix>());
  add(table<Canvas>());
  add(table<Rendition>());
  add(table<Highlights>());
  add(table<Programme>());
  add(table<Packaging>());
}

}  // namespace tessera::spec

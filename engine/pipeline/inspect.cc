#include "engine/pipeline/inspect.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/media/contact_sheet.h"
#include "engine/media/take_reader.h"
#include "engine/pipeline/frame_queue.h"
#include "engine/scene/explain.h"

namespace tessera::pipeline {
namespace {

/// A job opened for looking at one programme's frames.
struct Inspection {
  explicit Inspection(Log& l) : log(l) {}

  Log& log;
  OpenShow show;
  const spec::Programme* programme = nullptr;
  Heartbeat nobody;
  std::optional<Heartbeat::Work> life;  ///< from before the device is made to after it is gone
  std::unique_ptr<ImageCache> images;
  std::shared_ptr<media::MediaCounters> media = std::make_shared<media::MediaCounters>();
  std::unique_ptr<RenderDevice> device;
  std::unique_ptr<FrameQueue> queue;
  int64_t frames = 0;
  int64_t first = 0, last = 0;  ///< [first, last)

  Result<compose::ComposedFrame> next() {
    auto frame = queue->next();
    life->beat();
    const Heartbeat::Pause pause(*life);
    tell_fall_backs(*media, log);
    return frame;
  }

  Rational time(int64_t n) const { return {n * programme->canvas.fps.den, programme->canvas.fps.num}; }
};

int64_t first_frame_from(Micros t, const Rational& fps) { return muldiv_ceil(t, fps.num, fps.den * kMicrosPerSecond); }

Result<std::unique_ptr<Inspection>> open(const std::string& job, const InspectOptions& options, Log& log) {
  auto in = std::make_unique<Inspection>(log);
  TESSERA_TRY_ASSIGN(in->show, open_show(job, options.open, log));
  TESSERA_TRY_ASSIGN(in->programme, find_programme(in->show.show.job, options.programme));
  const Rational fps = in->programme->canvas.fps;
  in->frames = timeline::frame_count(in->show.duration, fps);
  in->first = options.from ? std::clamp<int64_t>(first_frame_from(*options.from, fps), 0, in->frames) : 0;
  in->last = options.to ? std::clamp<int64_t>(first_frame_from(*options.to, fps), in->first, in->frames) : in->frames;
  if (in->first >= in->last) {
    return fail(
        Errc::kUsage, "--from, --to",
        "there is no frame between them; wanted a span within 0:00:00.000 to " + format_time(in->time(in->frames)));
  }
  in->images = std::make_unique<ImageCache>(in->programme->canvas.depth, options.open.limits, in->show.animations);
  in->life.emplace(options.heartbeat != nullptr ? *options.heartbeat : in->nobody);
  const auto open = [simd = options.simd, &log](const std::string& kind) {
    return device::create_device(kind, told_options(simd, log));
  };
  TESSERA_TRY_ASSIGN(in->device,
                     RenderDevice::create(options.device, open, log, std::make_shared<std::atomic<bool>>()));
  return in;
}

/// Begins to compose frames, to be had from the queue, with renditions of some sizes.
Result<void> start(Inspection& in, std::vector<compose::RenditionSize> sizes, std::vector<int64_t> numbers) {
  const auto make_source = [&in, sizes = std::move(sizes)](device::Device& device) {
    return FrameSource::create(*in.show.timeline, in.show.options.limits, *in.programme, sizes, in.show.options.scaler,
                               device, *in.images,
                               {{in.device->decoders(), in.media, [&in] { in.life->beat(); }}, false});
  };
  TESSERA_TRY_ASSIGN(in.queue, FrameQueue::create(make_source, *in.device, std::move(numbers)));
  return {};
}

std::vector<int64_t> all_frames(const Inspection& in) {
  std::vector<int64_t> numbers(static_cast<size_t>(in.last - in.first));
  std::iota(numbers.begin(), numbers.end(), in.first);
  return numbers;
}

Bytes row_bytes(const media::Frame& frame, size_t plane, int y) {
  const media::Plane& p = frame.planes[plane];
  return {p.data + y * p.stride, static_cast<size_t>(p.width) * static_cast<size_t>(frame.format.bytes_per_sample())};
}

Hash128 hash_of(const media::Frame& frame) {
  Hash128Hasher hasher;
  for (size_t p = 0; p < 3; ++p) {
    for (int y = 0; y < frame.planes[p].height; ++y) hasher.add(row_bytes(frame, p, y));
  }
  return hasher.finish();
}

Result<void> write_all(std::FILE* out, Bytes bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size()) return {};
  return fail(Errc::kUnreachable, "--out", std::string("can't write: ") + std::strerror(errno));
}

Result<void> check_time(const Inspection& in, const Rational& t) {
  if (t >= Rational{0, 1} && t < in.time(in.frames)) return {};
  return fail(Errc::kUsage, "--at",
              format_time(t) + " is outside the show; wanted 0:00:00.000 to before " + format_time(in.time(in.frames)));
}

/// What makes two frames the same scene: who is where, not which of their pictures.
std::string scene_signature(const scene::DrawList& list) {
  scene::DrawList still = list;
  for (scene::Layer& layer : still.layers) {
    layer.source.frame = 0;
    layer.crop = {};
  }
  return scene::to_text(still);
}

/// The first frame of each scene that stands still.
std::vector<int64_t> scene_changes(const Inspection& in) {
  std::vector<int64_t> changes;
  std::string shown;
  for (int64_t n = in.first; n < in.last; ++n) {
    const std::string now = scene_signature(in.queue->source().draw_list(n));
    if (now == shown) continue;
    // A scene in motion is not shown until it has come to rest.
    const bool moves = n + 1 < in.last && scene_signature(in.queue->source().draw_list(n + 1)) != now;
    if (moves && !changes.empty()) continue;
    shown = now;
    changes.push_back(n);
  }
  return changes;
}

constexpr size_t kMaxSheetPictures = 60;

std::vector<int64_t> thinned(std::vector<int64_t> frames) {
  if (frames.size() <= kMaxSheetPictures) return frames;
  std::vector<int64_t> some;
  for (size_t i = 0; i < kMaxSheetPictures; ++i) some.push_back(frames[i * frames.size() / kMaxSheetPictures]);
  return some;
}

compose::RenditionSize thumbnail_size(const spec::Canvas& canvas) {
  constexpr int kLongSide = 480;
  const int longest = std::max(canvas.width, canvas.height);
  const auto side = [&](int n) { return std::max(2, n * kLongSide / longest / 2 * 2); };
  return {side(canvas.width), side(canvas.height)};
}

double pixels(scene::Px64 v) { return static_cast<double>(v) / scene::kPixel; }

nlohmann::ordered_json rect_json(const scene::Rect64& r) {
  return {{"x", pixels(r.x)}, {"y", pixels(r.y)}, {"w", pixels(r.w)}, {"h", pixels(r.h)}};
}

nlohmann::ordered_json layer_json(const scene::ExplainRow& row) {
  nlohmann::ordered_json json = {
      {"layer", row.layer}, {"guest", row.guest}, {"kind", row.kind}, {"source", row.source}, {"reason", row.reason}};
  if (row.frame >= 0) {
    json["frame"] = row.frame;
    json["take_time"] = row.take_time.to_double();
    json["held_for"] = row.held_for.to_double();
    json["crop"] = rect_json(row.crop);
    json["orientation"] = row.orientation;
  }
  json["rect"] = rect_json(row.dst);
  json["opacity"] = static_cast<double>(row.opacity) / scene::kOpaque;
  json["z"] = row.z;
  json["blurred"] = row.blurred;
  json["causes"] = nlohmann::ordered_json::array();
  for (const scene::ExplainCause& cause : row.causes) {
    json["causes"].push_back({{"line", cause.line},
                              {"t", static_cast<double>(cause.t) / static_cast<double>(kMicrosPerSecond)},
                              {"type", cause.type}});
  }
  return json;
}

}  // namespace

Result<void> hash_frames(const std::string& job, const InspectOptions& options, bool hashes, std::FILE* out, Log& log) {
  TESSERA_TRY_ASSIGN(auto in, open(job, options, log));
  TESSERA_TRY(start(*in, rendition_sizes(*in->programme), all_frames(*in)));
  for (int64_t n = in->first; n < in->last; ++n) {
    TESSERA_TRY_ASSIGN(const compose::ComposedFrame frame, in->next());
    if (!hashes) continue;
    std::string line = std::to_string(n) + " " + format_time(in->time(n)) + " " + hash_of(*frame.canvas).hex();
    for (const media::FrameRef& rendition : frame.renditions) line += " " + hash_of(*rendition).hex();
    line += "\n";
    const Heartbeat::Pause pause(*in->life);  // that a reader is slow is no sign of a device that hangs
    TESSERA_TRY(write_all(out, as_bytes(line)));
  }
  return {};
}

Result<void> write_raw(const std::string& job, const InspectOptions& options, const std::string& rendition,
                       std::FILE* out, Log& log) {
  const size_t slash = rendition.find('/');
  if (slash == std::string::npos) {
    return fail(Errc::kUsage, "--rendition", "\"" + rendition + "\"; wanted PROGRAMME/NAME, like portrait/720p");
  }
  InspectOptions of_programme = options;
  of_programme.programme = rendition.substr(0, slash);
  TESSERA_TRY_ASSIGN(auto in, open(job, of_programme, log));
  const std::string name = rendition.substr(slash + 1);
  const auto& ladder = in->programme->ladder;
  const auto rung = std::find_if(ladder.begin(), ladder.end(), [&](const auto& r) { return r.name == name; });
  if (rung == ladder.end()) {
    std::string known;
    for (const auto& r : ladder) known += (known.empty() ? "" : ", ") + r.name;
    return fail(Errc::kUsage, "--rendition",
                "\"" + name + "\" is no rendition of " + in->programme->id + "; it has " + known);
  }
  TESSERA_TRY(start(*in, {{rung->width, rung->height}}, all_frames(*in)));
  const spec::Canvas& canvas = in->programme->canvas;
  const std::string header = "YUV4MPEG2 W" + std::to_string(rung->width) + " H" + std::to_string(rung->height) + " F" +
                             std::to_string(canvas.fps.num) + ":" + std::to_string(canvas.fps.den) + " Ip A1:1 " +
                             (canvas.depth > 8 ? "C420p10 XYSCSS=420P10" : "C420mpeg2 XYSCSS=420MPEG2") +
                             " XCOLORRANGE=LIMITED\n";
  TESSERA_TRY(write_all(out, as_bytes(header)));
  for (int64_t n = in->first; n < in->last; ++n) {
    TESSERA_TRY_ASSIGN(const compose::ComposedFrame composed, in->next());
    const media::Frame& frame = *composed.renditions.front();
    const Heartbeat::Pause pause(*in->life);
    TESSERA_TRY(write_all(out, as_bytes("FRAME\n")));
    for (size_t p = 0; p < 3; ++p) {
      for (int y = 0; y < frame.planes[p].height; ++y) TESSERA_TRY(write_all(out, row_bytes(frame, p, y)));
    }
  }
  return {};
}

Result<void> write_frame(const std::string& job, const InspectOptions& options, const Rational& t, std::FILE* out,
                         Log& log) {
  TESSERA_TRY_ASSIGN(auto in, open(job, options, log));
  TESSERA_TRY(check_time(*in, t));
  const Rational fps = in->programme->canvas.fps;
  const Rational frames = t * fps;
  TESSERA_TRY(start(*in, {}, {muldiv_floor(frames.num, 1, frames.den)}));
  TESSERA_TRY_ASSIGN(const compose::ComposedFrame frame, in->next());
  TESSERA_TRY_ASSIGN(const std::vector<uint8_t> png, media::encode_png(*frame.canvas));
  const Heartbeat::Pause pause(*in->life);
  return write_all(out, png);
}

Result<Explanation> explain(const std::string& job, const InspectOptions& options, const Rational& t, Log& log) {
  TESSERA_TRY_ASSIGN(auto in, open(job, options, log));
  TESSERA_TRY(check_time(*in, t));
  const Rational frames = t * in->programme->canvas.fps;
  Explanation out;
  out.frame = muldiv_floor(frames.num, 1, frames.den);
  TESSERA_TRY(start(*in, {}, {out.frame}));
  out.time = in->time(out.frame);
  // Composing it finds what can't be decoded, which the scene then shows otherwise.
  TESSERA_TRY(in->next());
  const FrameSource& source = in->queue->source();
  const scene::DrawList list = source.draw_list(out.frame);
  out.text = scene::explain_text(source.timeline(), list, out.time);
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const scene::ExplainRow& row : scene::explain_rows(source.timeline(), list)) {
    layers.push_back(layer_json(row));
  }
  const nlohmann::ordered_json json = {{"programme", in->programme->id},
                                       {"frame", out.frame},
                                       {"time", out.time.to_double()},
                                       {"canvas", {list.canvas_width, list.canvas_height}},
                                       {"layers", layers}};
  out.json = json.dump(2) + "\n";
  return out;
}

Result<int> write_sheet(const std::string& job, const InspectOptions& options, std::FILE* out, Log& log) {
  TESSERA_TRY_ASSIGN(auto in, open(job, options, log));
  TESSERA_TRY(start(*in, {}, {}));
  const std::vector<int64_t> numbers = thinned(scene_changes(*in));
  TESSERA_TRY(start(*in, {thumbnail_size(in->programme->canvas)}, numbers));
  std::vector<media::SheetPicture> pictures;
  for (const int64_t n : numbers) {
    TESSERA_TRY_ASSIGN(const compose::ComposedFrame frame, in->next());
    pictures.push_back({frame.renditions.front(), format_time(in->time(n))});
  }
  const int columns = std::min<int>(6, static_cast<int>(pictures.size()));
  TESSERA_TRY_ASSIGN(const std::vector<uint8_t> png, media::contact_sheet(pictures, columns));
  const Heartbeat::Pause pause(*in->life);
  TESSERA_TRY(write_all(out, png));
  return static_cast<int>(pictures.size());
}

}  // namespace tessera::pipeline

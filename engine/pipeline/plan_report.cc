#include "engine/pipeline/plan_report.h"

#include <cstdio>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "engine/ladder/render_version.h"
#include "engine/pipeline/ledger.h"
#include "engine/pipeline/plan.h"
#include "engine/pipeline/render_device.h"

namespace tessera::pipeline {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShortDigest = 12;

/// A chunk as reported.
struct ChunkRow {
  const ladder::ChunkSpan* span;
  std::string digest;
  bool committed = false;
};

std::string padded(const std::string& text, size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text + " ";
}

std::string in_millions(int64_t n) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(n) / 1e6);
  return text;
}

int64_t output_bytes(const spec::Programme& programme, const Rational& seconds) {
  int64_t bits = 0;
  for (const spec::Rendition& r : programme.ladder) bits += r.bitrate_bps > 0 ? r.bitrate_bps : r.maxrate_bps;
  return muldiv_round(bits, seconds.num, seconds.den * 8);
}

int64_t pixels_encoded(const spec::Programme& programme, int64_t frames) {
  int64_t pixels = 0;
  for (const spec::Rendition& r : programme.ladder) pixels += int64_t{r.width} * r.height * frames;
  return pixels;
}

Json rendition_json(const spec::Rendition& r, const media::VideoEncoderSettings& s, const std::string& fingerprint) {
  return {
      {"name", r.name},           {"width", r.width},         {"height", r.height},        {"codec", s.codec},
      {"bitrate", r.bitrate_bps}, {"maxrate", r.maxrate_bps}, {"bufsize", r.bufsize_bits}, {"encoder", fingerprint}};
}

Json chunks_json(const std::vector<ChunkRow>& rows) {
  Json chunks = Json::array();
  for (const ChunkRow& row : rows) {
    chunks.push_back({{"index", row.span->index},
                      {"first_frame", row.span->first_frame},
                      {"frames", row.span->frames},
                      {"segments", row.span->segment_frames.size()},
                      {"digest", row.digest},
                      {"committed", row.committed}});
  }
  return chunks;
}

std::string chunks_text(const std::vector<ChunkRow>& rows, const Rational& fps) {
  std::string text;
  for (const ChunkRow& row : rows) {
    const Rational begin{row.span->first_frame * fps.den, fps.num};
    text += "  chunk " + padded(std::to_string(row.span->index), 4) + padded(format_time(begin), 13) +
            padded(std::to_string(row.span->frames) + " frames", 13) + row.digest.substr(0, kShortDigest) +
            (row.committed ? "  committed" : "") + "\n";
  }
  return text;
}

Result<std::vector<ChunkRow>> chunk_rows(const OpenShow& show, const ProgrammePlan& plan, Ledger* ledger,
                                         ImageCache& images) {
  std::vector<ChunkRow> rows;
  for (const ladder::ChunkSpan& chunk : plan.chunks) {
    TESSERA_TRY_ASSIGN(const Sha256 digest, chunk_digest(*show.timeline, plan, chunk, images));
    ChunkRow row{&chunk, digest.hex(), false};
    if (ledger != nullptr) {
      TESSERA_TRY_ASSIGN(const std::optional<Record> record, ledger->find(digest));
      row.committed = record.has_value();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Adds one programme to both spellings.
Result<void> add_programme(const OpenShow& show, const ProgrammePlan& plan, Ledger* ledger, Json& programmes,
                           std::string& text) {
  const spec::Programme& programme = *plan.programme;
  const Rational fps = programme.canvas.fps;
  ImageCache images(programme.canvas.depth, show.options.limits, show.animations);
  TESSERA_TRY_ASSIGN(const auto rows, chunk_rows(show, plan, ledger, images));
  TESSERA_TRY_ASSIGN(const auto settings, encoder_settings(plan, plan.grid.chunk_frames));
  int64_t frames_to_do = 0;
  for (const ChunkRow& row : rows) frames_to_do += row.committed ? 0 : row.span->frames;
  const int64_t canvas_pixels = int64_t{programme.canvas.width} * programme.canvas.height;
  const int64_t bytes = output_bytes(programme, Rational{plan.frames * fps.den, fps.num});

  Json renditions = Json::array();
  text += "programme " + programme.id + ": " + std::to_string(programme.canvas.width) + "x" +
          std::to_string(programme.canvas.height) + " at " + format_rate(fps) + ", " + std::to_string(plan.frames) +
          " frames\n";
  for (size_t r = 0; r < settings.size(); ++r) {
    const spec::Rendition& rung = programme.ladder[r];
    renditions.push_back(rendition_json(rung, settings[r], plan.encoders[r].fingerprint));
    text += "  rendition " + padded(rung.name, 8) +
            padded(std::to_string(rung.width) + "x" + std::to_string(rung.height), 11) + settings[r].codec + " " +
            (rung.bitrate_bps > 0 ? std::to_string(rung.bitrate_bps / 1000) + " kbit/s"
                                  : "quality " + std::to_string(rung.quality.value_or(0))) +
            ", at most " + std::to_string(rung.maxrate_bps / 1000) + " kbit/s\n";
  }
  text += chunks_text(rows, fps);
  text += "  to do: " + std::to_string(frames_to_do) + " frames; " + in_millions(canvas_pixels * frames_to_do) +
          " Mpixel to compose, " + in_millions(pixels_encoded(programme, frames_to_do)) + " Mpixel to encode; about " +
          in_millions(bytes) + " MB of output in all\n";
  programmes.push_back({{"id", programme.id},
                        {"frames", plan.frames},
                        {"fps", format_rate(fps)},
                        {"gop_frames", plan.grid.gop_frames},
                        {"segment_frames", plan.grid.segment_frames},
                        {"chunk_frames", plan.grid.chunk_frames},
                        {"renditions", renditions},
                        {"chunks", chunks_json(rows)},
                        {"cost",
                         {{"frames", frames_to_do},
                          {"compose_pixels", canvas_pixels * frames_to_do},
                          {"encode_pixels", pixels_encoded(programme, frames_to_do)},
                          {"output_bytes", bytes}}}});
  return {};
}

/// The plan of a render on a device.
Result<ShowPlan> plan_on(const std::string& device, const OpenShow& show, Heartbeat& heartbeat) {
  if (!may_be_cuda(device)) return plan_show(show, {});
  Heartbeat::Work life(heartbeat);
  TESSERA_TRY_ASSIGN(const auto gpu, device::create_device(device, {}));
  TESSERA_TRY_ASSIGN(const auto hardware, hardware_of(*gpu));
  life.beat();
  return plan_show(show, {{hardware, nullptr}, 1, [&life] { life.beat(); }});
}

}  // namespace

Result<PlanReport> report_plan(const std::string& job, const std::string& out, const std::string& device,
                               const OpenOptions& options, Heartbeat& heartbeat, Log& log) {
  TESSERA_TRY_ASSIGN(const OpenShow show, open_show(job, options, log));
  TESSERA_TRY_ASSIGN(const ShowPlan plan, plan_on(device, show, heartbeat));
  for (const std::string& note : plan.notes) log.info(note);
  std::unique_ptr<origin::Origin> origin;
  std::optional<Ledger> ledger;
  if (!out.empty()) {
    TESSERA_TRY_ASSIGN(origin, origin::open_origin(out));
    ledger.emplace(*origin);
  }
  PlanReport report;
  Json programmes = Json::array();
  report.text = "job " + show.show.job.id + ": " + format_time(Rational::from_micros(show.duration)) + ", " +
                std::to_string(show.show.job.guests.size()) + " guests, " + std::to_string(show.show.events.size()) +
                " events\n";
  for (const ProgrammePlan& p : plan.programmes) {
    TESSERA_TRY(add_programme(show, p, ledger ? &*ledger : nullptr, programmes, report.text));
  }
  Json mixes = Json::array();
  for (const spec::Mix& mix : show.show.job.mixes) {
    const std::string digest = mix_digest(show, mix, plan).hex();
    mixes.push_back({{"id", mix.id}, {"codec", mix.codec}, {"bitrate", mix.bitrate_bps}, {"digest", digest}});
    report.text += "mix " + mix.id + ": " + mix.codec + " " + std::to_string(mix.bitrate_bps / 1000) + " kbit/s  " +
                   digest.substr(0, kShortDigest) + "\n";
  }
  const Json json = {{"job", show.show.job.id},
                     {"duration", Rational::from_micros(show.duration).to_double()},
                     {"render_version", ladder::render_version()},
                     {"programmes", programmes},
                     {"mixes", mixes}};
  report.json = json.dump(2) + "\n";
  return report;
}

}  // namespace tessera::pipeline

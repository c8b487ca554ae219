#include "bench/show.h"

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "bench/process.h"

namespace tessera::bench {
namespace {

using Json = nlohmann::ordered_json;

Result<void> make_overlay(const std::string& path) {
  const std::string side = std::to_string(kOverlaySide), half = std::to_string(kOverlaySide / 2);
  const std::string disc = "clip((" + half + "-8-hypot(X-" + half + ",Y-" + half + "))*16,0,255)";
  const std::string picture = "mandelbrot=s=" + side + "x" + side + ":r=" + std::to_string(kFps) +
                              ",format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='" + disc + "'";
  TESSERA_TRY(run_process({"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-t", "2", "-c:v",
                           "qtrle", "-pix_fmt", "argb", path}));
  return {};
}

Json guests_of(const BenchShow& show) {
  Json guests = Json::array();
  for (size_t i = 0; i < show.clips.size(); ++i) {
    guests.push_back({{"id", "g" + std::to_string(i)}, {"takes", {{{"uri", show.clips[i]}, {"at", 0}}}}});
  }
  return guests;
}

Json ladder_of_all(int depth) {
  Json ladder = Json::array();
  for (const Rung& r : kLadder) {
    ladder.push_back({{"name", r.name}, {"width", r.width}, {"height", r.height}, {"bitrate", r.bitrate}});
    if (depth > 8) ladder.back()["profile"] = "high10";
  }
  return ladder;
}

Result<void> write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) return fail(Errc::kUnreachable, path, "can't be written");
  return {};
}

/// A 2x2 grid with gaps, from the show's beginning.
Json rounded_layout() {
  Json rects = Json::array();
  for (int i = 0; i < kGuests; ++i) {
    rects.push_back({{"guest", "g" + std::to_string(i)},
                     {"x", i % 2 * 0.5 + 0.01},
                     {"y", i / 2 * 0.5 + 0.01},
                     {"w", 0.48},
                     {"h", 0.48},
                     {"fit", "cover"},
                     {"radius", 0.03},
                     {"alpha", i % 2 == 0 ? 0.9 : 1.0},
                     {"z", i}});
  }
  return {{"t", 0}, {"type", "layout.set"}, {"layout", "custom"}, {"transition", 0}, {"rects", rects}};
}

}  // namespace

Result<BenchShow> make_show(const std::vector<std::string>& clips, int seconds, const std::string& script,
                            const std::string& folder) {
  if (!clips.empty() && clips.size() != kGuests) {
    return fail(Errc::kUsage, "--clips", std::to_string(clips.size()) + " files; wanted four, one a guest");
  }
  BenchShow show;
  show.seconds = seconds;
  for (const std::string& clip : clips) show.clips.push_back(std::filesystem::absolute(clip).string());
  if (clips.empty()) {
    constexpr int kLastJoins = 8;  // the demo's shortest guest is so much shorter than its show
    TESSERA_TRY(run_process({script, folder, std::to_string(seconds + kLastJoins)}));
    show.clips = {folder + "/mia.mp4", folder + "/ada.mp4", folder + "/leo.mkv", folder + "/noor.ts"};
  }
  show.overlay = folder + "/overlay.mov";
  TESSERA_TRY(make_overlay(show.overlay));
  return show;
}

Result<std::string> write_job(const BenchShow& show, const std::string& folder) {
  const Json rect = {{"x", static_cast<double>(kOverlayX) / kWidth},
                     {"y", static_cast<double>(kOverlayY) / kHeight},
                     {"w", static_cast<double>(kOverlaySide) / kWidth},
                     {"h", static_cast<double>(kOverlaySide) / kHeight}};
  Json canvas = {{"width", kWidth}, {"height", kHeight}, {"fps", std::to_string(kFps)}};
  if (show.depth > 8) canvas["depth"] = show.depth;
  Json job = {{"version", 1},
              {"id", "bench"},
              {"duration", show.seconds},
              {"guests", guests_of(show)},
              {"assets", {{"star", {{"uri", show.overlay}}}}},
              {"overlays", {{{"asset", "star"}, {"rect", rect}}}},
              {"programmes", {{{"id", "main"}, {"canvas", canvas}, {"ladder", ladder_of_all(show.depth)}}}}};
  const std::string path = folder + "/job.json";
  if (show.rounded) {
    TESSERA_TRY(write(folder + "/events.jsonl", rounded_layout().dump() + "\n"));
    job["events"] = "events.jsonl";
  }
  TESSERA_TRY(write(path, job.dump(1)));
  return path;
}

}  // namespace tessera::bench

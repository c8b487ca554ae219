#include "bench/peers.h"

#include <filesystem>

#include "bench/process.h"
#include "bench/workplace.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kTileWidth = kWidth / 2, kTileHeight = kHeight / 2;

std::string text(int64_t n) { return std::to_string(n); }

void add(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more.begin(), more.end()); }

/// "video/x-raw,width=W,height=H"
std::string gst_size(int width, int height) {
  return "video/x-raw,width=" + text(width) + ",height=" + text(height) + ",pixel-aspect-ratio=1/1";
}

void add_gst_guest(Words& words, const BenchShow& show, size_t i, Stage stage) {
  const std::string n = text(static_cast<int64_t>(i));
  add(words, {"filesrc", "location=" + show.clips[i], "!", "decodebin", "name=d" + n});
  add(words, {"d" + n + ".", "!", "queue", "!"});
  if (stage == Stage::kDecode) return add(words, {"fakesink"});
  add(words, {"videoflip", "video-direction=auto", "!", "aspectratiocrop",
              "aspect-ratio=" + text(kTileWidth) + "/" + text(kTileHeight), "!", "videorate", "!",
              "video/x-raw,framerate=" + text(kFps) + "/1", "!", "videoscale",
              std::string("method=") + (show.scaler == "lanczos" ? "lanczos" : "catrom"), "!",
              gst_size(kTileWidth, kTileHeight), "!", "c.sink_" + n});
  if (stage == Stage::kFull) {
    add(words, {"d" + n + ".", "!", "queue", "!", "audioconvert", "!", "audioresample", "!", "mix."});
  }
}

void add_gst_rung(Words& words, const BenchShow& show, const Rung& rung, Stage stage, const std::string& folder) {
  add(words, {"t.", "!", "queue", "!"});
  if (rung.width != kWidth) {
    add(words, {"videoscale", std::string("method=") + (show.scaler == "lanczos" ? "lanczos" : "catrom"), "!",
                gst_size(rung.width, rung.height), "!"});
  }
  if (stage == Stage::kCompose) return add(words, {"fakesink"});
  add(words, {"x264enc", "speed-preset=veryfast", "bitrate=" + text(rung.bitrate / 1000), "bframes=2", "key-int-max=60",
              "option-string=scenecut=0", "!", "mp4mux", "!", "filesink",
              "location=" + folder + "/gst-" + rung.name + ".mp4"});
}

}  // namespace

const char* name_of(Stage stage) {
  return stage == Stage::kDecode ? "decode" : stage == Stage::kCompose ? "compose" : "full";
}

Words tessera_command(Stage stage, const BenchShow& show, const std::string& folder) {
  const std::string job = folder + "/job.json", program = beside_us("tessera");
  if (stage == Stage::kDecode) return {beside_us("tessera-bench"), "decode", job};
  if (stage == Stage::kCompose) {
    return {program, "hash", job, "--device", "cpu", "--digest", "none", "--scaler", show.scaler, "--cache", ""};
  }
  fs::remove_all(folder + "/out");
  return {program,    "render",    job,       "--device", "cpu",        "--out", folder + "/out",
          "--scaler", show.scaler, "--cache", "",         "--progress", "none"};
}

std::string ffmpeg_graph(const BenchShow& show) {
  const std::string w = text(kTileWidth), h = text(kTileHeight), flags = ":flags=" + show.scaler;
  std::string graph;
  for (int i = 0; i < kGuests; ++i) {
    const std::string n = text(i);
    graph += "[" + n + ":v]crop='min(iw,ih*" + w + "/" + h + ")':'min(ih,iw*" + h + "/" + w + ")',scale=" + w + ":" +
             h + flags + ",setsar=1,fps=" + text(kFps) + ":round=up[t" + n + "];";
  }
  graph += "[t0][t1][t2][t3]xstack=inputs=4:layout=0_0|" + w + "_0|0_" + h + "|" + w + "_" + h + "[s];[s][" +
           text(kGuests) + ":v]overlay=" + text(kOverlayX) + ":" + text(kOverlayY) + ",split=4[r0][c1][c2][c3]";
  for (size_t i = 1; i < kLadder.size(); ++i) {
    const std::string n = text(static_cast<int64_t>(i));
    graph += ";[c" + n + "]scale=" + text(kLadder[i].width) + ":" + text(kLadder[i].height) + flags + "[r" + n + "]";
  }
  return graph;
}

Words ffmpeg_command(Stage stage, const BenchShow& show, const std::string& folder) {
  Words words{"ffmpeg", "-v", "error", "-nostdin", "-y"};
  for (const std::string& clip : show.clips) add(words, {"-i", clip});
  const std::string length = text(show.seconds);
  if (stage == Stage::kDecode) {
    for (int i = 0; i < kGuests; ++i) add(words, {"-map", text(i) + ":v"});
    add(words, {"-t", length, "-f", "null", "-"});
    return words;
  }
  add(words, {"-stream_loop", "-1", "-i", show.overlay});
  const std::string sound = ";[0:a][1:a][2:a][3:a]amix=inputs=4[a]";
  add(words, {"-filter_complex", ffmpeg_graph(show) + (stage == Stage::kFull ? sound : "")});
  for (size_t i = 0; i < kLadder.size(); ++i) {
    add(words, {"-map", "[r" + text(static_cast<int64_t>(i)) + "]", "-t", length});
    if (stage == Stage::kCompose) {
      add(words, {"-f", "null", "-"});
      continue;
    }
    const std::string peak = text(kLadder[i].bitrate * 3 / 2);
    add(words, {"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-b:v", text(kLadder[i].bitrate), "-maxrate",
                peak, "-bufsize", peak, "-g", "60", "-keyint_min", "60", "-sc_threshold", "0",
                folder + "/" + kLadder[i].name + ".mp4"});
  }
  if (stage == Stage::kFull) {
    add(words, {"-map", "[a]", "-t", length, "-c:a", "aac", "-b:a", "128k", folder + "/sound.mp4"});
  }
  return words;
}

Words gstreamer_command(Stage stage, const BenchShow& show, const std::string& folder) {
  Words words{"gst-launch-1.0", "-q"};
  for (size_t i = 0; i < kGuests; ++i) add_gst_guest(words, show, i, stage);
  if (stage == Stage::kDecode) return words;
  add(words, {"filesrc", "location=" + show.overlay, "!", "decodebin", "!", "videoconvert", "!", "c.sink_4"});
  Words compositor{"compositor", "name=c", "background=black"};
  for (int i = 0; i < kGuests; ++i) {
    const std::string pad = "sink_" + text(i) + "::";
    add(compositor, {pad + "xpos=" + text(i % 2 * kTileWidth), pad + "ypos=" + text(i / 2 * kTileHeight)});
  }
  add(compositor,
      {"sink_4::xpos=" + text(kOverlayX), "sink_4::ypos=" + text(kOverlayY), "sink_4::repeat-after-eos=true", "!",
       gst_size(kWidth, kHeight) + ",format=I420,framerate=" + text(kFps) + "/1", "!", "identity",
       "eos-after=" + text(int64_t{show.seconds} * kFps), "!", "tee", "name=t"});
  words.insert(words.end(), compositor.begin(), compositor.end());
  for (const Rung& rung : kLadder) add_gst_rung(words, show, rung, stage, folder);
  if (stage == Stage::kFull) {
    add(words, {"audiomixer", "name=mix", "!", "audioconvert", "!", "avenc_aac", "bitrate=128000", "!", "mp4mux", "!",
                "filesink", "location=" + folder + "/gst-sound.mp4"});
  }
  return words;
}

std::vector<Engine> engines() {
  std::vector<Engine> all{{"tessera", tessera_command}, {"ffmpeg", ffmpeg_command}};
  if (run_process({"gst-inspect-1.0", "compositor"})) all.push_back({"gstreamer", gstreamer_command});
  return all;
}

}  // namespace tessera::bench

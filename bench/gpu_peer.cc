#include "bench/gpu_peer.h"

#include "bench/process.h"

namespace tessera::bench {
namespace {

using Words = std::vector<std::string>;

constexpr int kTileWidth = kWidth / 2, kTileHeight = kHeight / 2;

std::string text(int64_t n) { return std::to_string(n); }
void add(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more.begin(), more.end()); }
std::string size(int width, int height) { return text(width) + ":" + text(height); }

/// Up to [r0] to [r3]; input 4 is the overlay. hwupload_cuda would make a device of its own for each upload.
std::string graph() {
  std::string g =
      "color=black:s=" + text(kWidth) + "x" + text(kHeight) + ":r=" + text(kFps) + ",format=yuv420p,hwupload[b0];";
  for (int i = 0; i < kGuests; ++i) {
    g += "[" + text(i) + ":v]fps=" + text(kFps) + ",scale_cuda=" + size(kTileWidth, kTileHeight) +
         ":interp_algo=bicubic:format=yuv420p[t" + text(i) + "];";
  }
  for (int i = 0; i < kGuests; ++i) {
    g += "[b" + text(i) + "][t" + text(i) + "]overlay_cuda=x=" + text(i % 2 * kTileWidth) +
         ":y=" + text(i / 2 * kTileHeight) + "[b" + text(i + 1) + "];";
  }
  g += "[" + text(kGuests) + ":v]format=yuva420p,hwupload[o];[b" + text(kGuests) +
       "][o]overlay_cuda=x=" + text(kOverlayX) + ":y=" + text(kOverlayY) + ",split=4[r0][c1][c2][c3]";
  for (size_t i = 1; i < kLadder.size(); ++i) {
    const std::string n = text(static_cast<int64_t>(i));
    g += ";[c" + n + "]scale_cuda=" + size(kLadder[i].width, kLadder[i].height) + ":interp_algo=bicubic[r" + n + "]";
  }
  return g;
}

}  // namespace

Words ffmpeg_cuda_command(const BenchShow& show, const std::string& folder) {
  Words words{"ffmpeg", "-v", "error", "-nostdin", "-y", "-init_hw_device", "cuda=gpu", "-filter_hw_device", "gpu"};
  for (const std::string& clip : show.clips) {
    add(words, {"-hwaccel", "cuda", "-hwaccel_device", "gpu", "-hwaccel_output_format", "cuda", "-extra_hw_frames", "8",
                "-i", clip});
  }
  add(words, {"-stream_loop", "-1", "-i", show.overlay, "-filter_complex", graph()});
  for (size_t i = 0; i < kLadder.size(); ++i) {
    const std::string peak = text(kLadder[i].bitrate * 3 / 2);
    add(words, {"-map",
                "[r" + text(static_cast<int64_t>(i)) + "]",
                "-t",
                text(show.seconds),
                "-c:v",
                "h264_nvenc",
                "-preset",
                "p3",
                "-tune",
                "hq",
                "-bf",
                "2",
                "-b:v",
                text(kLadder[i].bitrate),
                "-maxrate",
                peak,
                "-bufsize",
                peak,
                "-g",
                "60",
                folder + "/nvenc-" + kLadder[i].name + ".mp4"});
  }
  return words;
}

PeerRun run_ffmpeg_cuda(const BenchShow& show, const std::string& folder) {
  PeerRun run;
  const Result<Usage> usage = run_process(ffmpeg_cuda_command(show, folder));
  if (!usage) {
    run.why_not = describe(usage.error());
    return run;
  }
  run.wall_seconds = usage->wall_seconds;
  run.times_real_time = show.seconds / usage->wall_seconds;
  return run;
}

}  // namespace tessera::bench

#include "bench/ssim.h"

#include <filesystem>
#include <fstream>

#include "bench/peers.h"
#include "bench/process.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

/// The mean of the "All:" figures that ffmpeg's ssim filter wrote, a line a frame.
Result<double> mean_of(const std::string& log) {
  std::ifstream file(log);
  double sum = 0;
  int frames = 0;
  for (std::string line; std::getline(file, line); ++frames) {
    const size_t at = line.find("All:");
    if (at == std::string::npos) break;
    sum += std::stod(line.substr(at + 4));
  }
  if (frames == 0) return fail(Errc::kInternal, "ssim", "ffmpeg's ssim filter compared no frame");
  return sum / frames;
}

std::string by_number(const std::string& a, const std::string& b, const std::string& log) {
  return "[" + a + "]settb=AVTB,setpts=N[a];[" + b + "]settb=AVTB,setpts=N[b];[a][b]ssim=shortest=1:stats_file=" + log;
}

Result<double> of_ffmpeg(const BenchShow& show, const std::string& folder) {
  std::vector<std::string> words{"ffmpeg", "-v", "error", "-nostdin"};
  for (const std::string& clip : show.clips) words.insert(words.end(), {"-i", clip});
  words.insert(words.end(), {"-stream_loop", "-1", "-i", show.overlay, "-i", folder + "/1080p.mp4"});
  std::string graph = ffmpeg_graph(show);
  graph.resize(graph.find(",split=4"));
  graph += "[r0];" + by_number("5:v", "r0", folder + "/ssim-ffmpeg.log");
  words.insert(words.end(), {"-filter_complex", graph, "-f", "null", "-"});
  TESSERA_TRY(run_process(words));
  return mean_of(folder + "/ssim-ffmpeg.log");
}

/// The media playlist of the largest rendition.
Result<std::string> playlist_of_largest(const std::string& folder) {
  std::ifstream file(folder + "/main/master.m3u8");
  const std::string wanted = "RESOLUTION=" + std::to_string(kWidth) + "x" + std::to_string(kHeight);
  for (std::string line; std::getline(file, line);) {
    if (line.find(wanted) != std::string::npos && std::getline(file, line)) return folder + "/main/" + line;
  }
  return fail(Errc::kInternal, "ssim", "no " + wanted + " in the multivariant playlist");
}

Result<double> of_tessera(const BenchShow& show, const std::string& folder) {
  const std::string program = tessera_command(Stage::kCompose, show, folder).front();
  TESSERA_TRY_ASSIGN(const std::string playlist, playlist_of_largest(folder + "/out"));
  TESSERA_TRY(run_process(
      {"sh", "-c",
       "\"$0\" raw \"$1/job.json\" --device cpu --rendition main/1080p --scaler \"$2\" --out - | ffmpeg -v error "
       "-nostdin -i \"$4\" -f yuv4mpegpipe -i - -lavfi \"$3\" -f null -",
       program, folder, show.scaler, by_number("0:v", "1:v", folder + "/ssim-own.log"), playlist}));
  return mean_of(folder + "/ssim-own.log");
}

}  // namespace

Result<std::map<std::string, double>> ssim_of_largest(const BenchShow& show, const std::string& folder) {
  std::map<std::string, double> ssim;
  TESSERA_TRY_ASSIGN(ssim["tessera"], of_tessera(show, folder));
  TESSERA_TRY_ASSIGN(ssim["ffmpeg"], of_ffmpeg(show, folder));
  return ssim;
}

}  // namespace tessera::bench

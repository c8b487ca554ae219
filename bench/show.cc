#include "bench/show.h"

#include <array>
#include <fstream>

#include <nlohmann/json.hpp>

namespace tessera::bench {
namespace {

struct Rung {
  const char* name;
  int width, height;
  int64_t bitrate;
};
constexpr std::array<Rung, 4> kLadder{{{"1080p", 1080, 1920, 4'500'000},
                                       {"720p", 720, 1280, 2'200'000},
                                       {"540p", 540, 960, 1'300'000},
                                       {"360p", 360, 640, 650'000}}};

std::string graph() {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    text += "[" + n + ":v]scale=540:960:force_original_aspect_ratio=increase:flags=bicubic,crop=540:960,setsar=1," +
            "fps=30:round=up[t" + n + "];";
  }
  text += "[t0][t1][t2][t3]xstack=inputs=4:layout=0_0|540_0|0_960|540_960,split=4[c0][c1][c2][c3];[c0]null[r0];";
  for (size_t i = 1; i < kLadder.size(); ++i) {
    const std::string n = std::to_string(i);
    text += "[c" + n + "]scale=" + std::to_string(kLadder[i].width) + ":" + std::to_string(kLadder[i].height) +
            ":flags=bicubic[r" + n + "];";
  }
  return text + "[0:a][1:a][2:a][3:a]amix=inputs=4[a]";
}

}  // namespace

Result<std::string> write_job(const BenchShow& show, const std::string& folder) {
  using Json = nlohmann::ordered_json;
  Json guests = Json::array();
  for (size_t i = 0; i < show.clips.size(); ++i) {
    const std::string id = "g" + std::to_string(i);
    guests.push_back({{"id", id}, {"takes", {{{"uri", show.clips[i]}, {"at", 0}}}}});
  }
  Json ladder = Json::array();
  for (const Rung& r : kLadder) {
    ladder.push_back({{"name", r.name}, {"width", r.width}, {"height", r.height}, {"bitrate", r.bitrate}});
  }
  const Json job = {
      {"version", 1},
      {"id", "bench"},
      {"duration", show.seconds},
      {"guests", guests},
      {"programmes",
       {{{"id", "main"}, {"canvas", {{"width", 1080}, {"height", 1920}, {"fps", "30"}}}, {"ladder", ladder}}}},
  };
  const std::string path = folder + "/job.json";
  std::ofstream file(path);
  file << job.dump(1);
  if (!file.flush()) return fail(Errc::kUnreachable, path, "can't be written");
  return path;
}

std::vector<std::string> ffmpeg_command(const BenchShow& show, const std::string& folder) {
  std::vector<std::string> command{"ffmpeg", "-v", "error", "-nostdin", "-y"};
  const auto add = [&](std::initializer_list<std::string> words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  for (const std::string& clip : show.clips) add({"-i", clip});
  add({"-filter_complex", graph()});
  const std::string length = std::to_string(show.seconds);
  for (size_t i = 0; i < kLadder.size(); ++i) {
    const std::string rate = std::to_string(kLadder[i].bitrate);
    const std::string peak = std::to_string(kLadder[i].bitrate * 3 / 2);
    add({"-map", "[r" + std::to_string(i) + "]", "-t", length, "-c:v", "libx264", "-preset", "veryfast", "-bf", "2"});
    add({"-b:v", rate, "-maxrate", peak, "-bufsize", peak, "-g", "60", "-keyint_min", "60", "-sc_threshold", "0"});
    add({folder + "/" + kLadder[i].name + ".mp4"});
  }
  add({"-map", "[a]", "-t", length, "-c:a", "aac", "-b:a", "128k", folder + "/sound.mp4"});
  return command;
}

}  // namespace tessera::bench

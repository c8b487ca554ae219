#include "cli/probe_nvidia.h"

#include "engine/device/device.h"
#include "engine/device/video_engines.h"

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The GPUs that --device cuda chooses from, the first usable one; none where there is no driver.
std::vector<device::CudaAdapter> gpus() {
  auto all = device::cuda_adapters();
  return all ? *std::move(all) : std::vector<device::CudaAdapter>();
}

Json gpus_json() {
  Json rows = Json::array();
  for (const device::CudaAdapter& g : gpus()) {
    rows.push_back({{"name", g.name},
                    {"capability", g.capability},
                    {"memory_bytes", g.memory_bytes},
                    {"driver", g.driver},
                    {"cuda", g.cuda},
                    {"kernels", g.kernels},
                    {"usable", g.missing.empty()},
                    {"missing", g.missing}});
  }
  return rows;
}

std::string gpus_text() {
  std::string text;
  for (const device::CudaAdapter& g : gpus()) {
    std::string what = g.name + ", compute capability " + g.capability + ", " + std::to_string(g.memory_bytes >> 20) +
                       " MiB, " + (g.driver.empty() ? "" : "driver " + g.driver + ", ") + "CUDA " + g.cuda;
    what += g.missing.empty() ? ", kernels " + g.kernels : ": " + g.missing;
    text += row_text("  gpu", g.missing.empty(), what);
  }
  return text;
}

/// What a codec's row has in common: NvdecCodec or NvencCodec.
template <class Codec>
Json codec_json(const Codec& c) {
  return {{"codec", c.codec},           {"depth", c.depth},           {"usable", c.missing.empty()},
          {"min_width", c.min_width},   {"min_height", c.min_height}, {"max_width", c.max_width},
          {"max_height", c.max_height}, {"missing", c.missing}};
}

Json engines_json(const device::VideoEngines& v) {
  Json decode = Json::array(), encode = Json::array();
  for (const device::NvdecCodec& c : v.nvdec) {
    decode.push_back(codec_json(c));
    decode.back().update({{"max_macroblocks", c.max_macroblocks}, {"engines", c.engines}, {"used", c.used}});
  }
  for (const device::NvencCodec& c : v.nvenc) encode.push_back(codec_json(c));
  return {{"gpu", v.gpu},
          {"nvdec", {{"usable", v.nvdec_missing.empty()}, {"missing", v.nvdec_missing}, {"codecs", decode}}},
          {"nvenc",
           {{"usable", v.nvenc_missing.empty()},
            {"missing", v.nvenc_missing},
            {"codecs", encode},
            {"engines", v.nvenc_engines},
            {"sessions", v.nvenc_sessions},
            {"sessions_tried", device::kMostTried},
            {"sessions_limit", v.nvenc_limit},
            {"api", v.nvenc_api},
            {"headers", v.headers}}}};
}

template <class Codec>
std::string codec_text(const Codec& c, const std::string& more) {
  const auto size = [](int w, int h) { return std::to_string(w) + "x" + std::to_string(h); };
  const std::string sizes = size(c.min_width, c.min_height) + " to " + size(c.max_width, c.max_height);
  const std::string what = c.missing.empty() ? sizes + more : c.missing;
  return row_text("    " + c.codec, c.missing.empty(), std::to_string(c.depth) + " bit, " + what);
}

std::string engines_text(const device::VideoEngines& v) {
  std::string text =
      row_text("  nvdec", v.nvdec_missing.empty(), v.nvdec_missing.empty() ? "decodes takes" : v.nvdec_missing);
  for (const device::NvdecCodec& c : v.nvdec) {
    text += codec_text(c, ", " + std::to_string(c.engines) + (c.engines == 1 ? " engine" : " engines") +
                              (c.used ? "" : "; takes of it are decoded by software"));
  }
  std::string what = v.nvenc_missing;
  if (what.empty()) {
    what = v.nvenc_engines > 0 ? std::to_string(v.nvenc_engines) + (v.nvenc_engines == 1 ? " engine, " : " engines, ")
                               : "";
    what += (v.nvenc_limit.empty() ? "at least " : "") + std::to_string(v.nvenc_sessions) +
            " sessions at a time, NVENC " + v.nvenc_api + " in the driver, " + v.headers + " in the headers";
    if (!v.nvenc_limit.empty()) what += "; one more: " + v.nvenc_limit;
  }
  text += row_text("  nvenc", v.nvenc_missing.empty(), what);
  for (const device::NvencCodec& c : v.nvenc) text += codec_text(c, ", a picture was encoded");
  return text;
}

}  // namespace

void add_nvidia(Json& row, bool usable) {
  row["wanted_driver"] = device::wanted_cuda_driver();
  row["adapters"] = gpus_json();
  if (!usable) return;
  const auto engines = device::cuda_video_engines();
  row["video"] = engines ? engines_json(*engines) : Json{{"missing", engines.error().detail}};
}

std::string nvidia_text(bool usable) {
  std::string text = gpus_text();
  const std::string wanted = device::wanted_cuda_driver();
  if (!wanted.empty()) text += "    wants        an NVIDIA driver from " + wanted + " on\n";
  if (!usable) return text;
  const auto engines = device::cuda_video_engines();
  return text + (engines ? engines_text(*engines) : row_text("  video", false, engines.error().detail));
}

std::string row_text(const std::string& name, bool usable, const std::string& what) {
  return "  " + name + std::string(name.size() < 10 ? 10 - name.size() : 1, ' ') + (usable ? "yes  " : "no   ") + what +
         "\n";
}

}  // namespace tessera::cli

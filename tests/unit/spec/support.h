#pragma once

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "engine/spec/parse.h"

namespace tessera::spec::test {

using Json = nlohmann::ordered_json;

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A valid job with one of everything that a test may want to break.
inline std::string base_job() {
  return R"({"id": "show", "guests": [
      {"id": "mia", "takes": [{"uri": "a.mp4", "in": 0, "out": 4}, {"uri": "b.mp4", "at": 8, "clock": [[0, 8], [4, 12]]}]},
      {"id": "ada", "takes": []}],
    "assets": {"rose": {"uri": "rose.svga"}},
    "overlays": [{"asset": "rose", "rect": {"x": 0, "y": 0, "w": 0.5, "h": 0.5}}],
    "mixes": [{"id": "main"}, {"id": "clean"}],
    "programmes": [{"id": "p", "canvas": {"width": 720, "height": 1280},
      "ladder": [{"name": "hi", "width": 720, "height": 1280, "bitrate": 2000000},
                 {"name": "lo", "width": 360, "height": 640, "bitrate": 500000}]}],
    "packaging": {}})";
}

/// base_job() with the value at a JSON pointer replaced by (or added as) some JSON text; null: removed.
inline std::string edited_job(const std::string& pointer, const char* json) {
  if (pointer.empty()) return json;
  Json job = Json::parse(base_job());
  const Json::json_pointer at(pointer);
  if (json == nullptr) {
    job[at.parent_pointer()].erase(at.back());
    return job.dump();
  }
  job[at] = "@value@";
  std::string text = job.dump();
  const std::string mark = "\"@value@\"";
  return text.replace(text.find(mark), mark.size(), json);
}

inline Job valid_job() { return parse_job(base_job(), "job.json").value(); }

/// "where: detail" of an error with one finding or several, a line each.
inline std::string message_of(const Error& error) {
  return error.detail.find('\n') == std::string::npos && error.where != "spec" ? describe(error) : error.detail;
}

}  // namespace tessera::spec::test

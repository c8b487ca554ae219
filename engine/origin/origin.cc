#include "engine/origin/origin.h"

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "engine/origin/file_origin.h"
#include "engine/origin/memory_origin.h"

namespace tessera::origin {
namespace {

constexpr size_t kMaxNameBytes = 512;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// The text with every %XX replaced; malformed escapes are an error.
Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    const char* first = text.data() + i + 1;
    const char* last = first + 2;
    if (i + 2 >= text.size() || std::from_chars(first, last, value, 16).ptr != last || value == 0) {
      return fail(Errc::kUsage, "origin.open", "a % in a file: URL that begins no two-digit escape");
    }
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

Result<std::string> path_of_file_url(std::string_view rest) {
  if (rest.starts_with("//localhost/")) rest.remove_prefix(11);
  if (rest.starts_with("///")) rest.remove_prefix(2);
  if (!rest.starts_with("/") || rest.starts_with("//")) {
    return fail(Errc::kUsage, "origin.open",
                "a file: URL without an absolute path on this machine; wanted file:///PATH");
  }
  return percent_decode(rest);
}

}  // namespace

bool is_valid_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  while (true) {
    const size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    for (const char c : part) {
      if (!is_name_character(c)) return false;
    }
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

Result<std::unique_ptr<Origin>> open_origin(const std::string& url, Access access) {
  const std::string_view view = url;
  if (view.empty()) return fail(Errc::kUsage, "origin.open", "an empty URL; wanted a folder or file:///PATH");
  if (view.find('\0') != std::string_view::npos) return fail(Errc::kUsage, "origin.open", "a path with a NUL byte");
  if (view.starts_with("memory:")) return open_memory_origin(url.substr(7));
  if (view.starts_with("file:")) {
    TESSERA_TRY_ASSIGN(const std::string path, path_of_file_url(view.substr(5)));
    return open_file_origin(path, access);
  }
  const size_t scheme_end = view.find("://");
  if (scheme_end != std::string_view::npos && view.substr(0, scheme_end).find('/') == std::string_view::npos) {
    return fail(Errc::kUsage, "origin.open",
                "unknown scheme \"" + url.substr(0, scheme_end) + "\"; known: a plain path, file:///PATH, memory:NAME");
  }
  return open_file_origin(url, access);
}

std::string_view content_type_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes{{
      {".m3u8", "application/vnd.apple.mpegurl"},
      {".mpd", "application/dash+xml"},
      {".m4s", "video/iso.segment"},
      {".mp4", "video/mp4"},
      {".json", "application/json"},
      {".jsonl", "application/x-ndjson"},
      {".vtt", "text/vtt; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace tessera::origin

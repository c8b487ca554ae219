#include "engine/package/hls_read.h"

#include <charconv>
#include <functional>

namespace tessera::package {
namespace {

constexpr int64_t kMaxSeconds = 1'000'000'000;

tl::unexpected<Error> bad(const std::string& detail) { return fail(Errc::kBadInput, "package.playlist", detail); }

std::string shown(std::string_view text) { return "\"" + std::string(text.substr(0, 120)) + "\""; }

Result<Attributes> read_attributes(std::string_view text) {
  Attributes attributes;
  while (!text.empty()) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return bad("no NAME=VALUE: " + shown(text));
    const std::string name(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    size_t end = text.find(quoted ? '"' : ',');
    if (end == std::string_view::npos) {
      if (quoted) return bad("a quote without an end in " + name);
      end = text.size();
    }
    if (!attributes.emplace(name, text.substr(0, end)).second) return bad("attribute " + name + " twice");
    text.remove_prefix(end);
    if (quoted) text.remove_prefix(1);
    if (!text.empty() && text.front() != ',') return bad("no comma after " + name);
    if (!text.empty()) text.remove_prefix(1);
  }
  return attributes;
}

/// Calls `take` with every line but the first, which must be #EXTM3U, and names the line of an error.
Result<void> for_each_line(std::string_view text, const std::function<Result<void>(std::string_view)>& take) {
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number == 1 && line != "#EXTM3U") return bad("line 1 is " + shown(line) + "; wanted #EXTM3U");
    if (number == 1 || line.empty()) continue;
    if (auto taken = take(line); !taken) {
      return bad("line " + std::to_string(number) + ": " + taken.error().detail);
    }
  }
  return {};
}

/// The rest of a line that begins with `tag`, or nothing.
bool take_tag(std::string_view line, std::string_view tag, std::string_view& value) {
  if (!line.starts_with(tag)) return false;
  value = line.substr(tag.size());
  return true;
}

}  // namespace

Result<int64_t> read_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    return bad(shown(text) + "; wanted a whole number");
  }
  return value;
}

Result<int64_t> read_seconds(std::string_view text) {
  const size_t point = text.find('.');
  const auto whole = read_integer(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1, 6));
  fraction.resize(6, '0');
  const auto us = read_integer(fraction);
  if (!whole || !us || *whole > kMaxSeconds) return bad(shown(text) + "; wanted seconds");
  return *whole * 1'000'000 + *us;
}

Result<std::string> resolve_name(const std::string& folder, std::string_view reference) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view path) {
    while (!path.empty()) {
      const size_t slash = path.find('/');
      const std::string_view part = path.substr(0, slash);
      path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
      if (part == "..") {
        if (parts.empty()) return false;
        parts.pop_back();
      } else if (part.empty()) {
        return false;
      } else if (part != ".") {
        parts.emplace_back(part);
      }
    }
    return true;
  };
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";
  if (reference.empty() || reference.find_first_not_of(kAllowed) != std::string_view::npos ||
      reference.ends_with('/') || !add(folder) || !add(reference) || parts.empty()) {
    return bad("the reference " + shown(reference) + "; wanted a relative one to an object below the root");
  }
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : "/") + part;
  return name;
}

Result<MediaPlaylist> read_media_playlist(std::string_view text) {
  MediaPlaylist playlist;
  int64_t duration_us = -1;
  const auto take = [&](std::string_view line) -> Result<void> {
    std::string_view value;
    if (take_tag(line, "#EXT-X-VERSION:", value)) {
      TESSERA_TRY_ASSIGN(playlist.version, read_integer(value));
    } else if (take_tag(line, "#EXT-X-TARGETDURATION:", value)) {
      TESSERA_TRY_ASSIGN(playlist.target_s, read_integer(value));
    } else if (take_tag(line, "#EXT-X-PLAYLIST-TYPE:", value)) {
      playlist.type = value;
    } else if (take_tag(line, "#EXT-X-MAP:", value)) {
      TESSERA_TRY_ASSIGN(const Attributes attributes, read_attributes(value));
      if (!attributes.contains("URI")) return bad("EXT-X-MAP without URI");
      playlist.map_uri = attributes.at("URI");
    } else if (take_tag(line, "#EXTINF:", value)) {
      TESSERA_TRY_ASSIGN(duration_us, read_seconds(value.substr(0, value.find(','))));
    } else if (line == "#EXT-X-INDEPENDENT-SEGMENTS") {
      playlist.independent = true;
    } else if (line == "#EXT-X-ENDLIST") {
      playlist.ended = true;
    } else if (!line.starts_with('#')) {
      if (duration_us < 0) return bad("segment " + shown(line) + " without EXTINF");
      playlist.segments.push_back({std::string(line), duration_us});
      duration_us = -1;
    }
    return {};
  };
  TESSERA_TRY(for_each_line(text, take));
  return playlist;
}

Result<MultivariantPlaylist> read_multivariant(std::string_view text) {
  MultivariantPlaylist playlist;
  bool open = false;
  const auto take = [&](std::string_view line) -> Result<void> {
    std::string_view value;
    if (take_tag(line, "#EXT-X-STREAM-INF:", value)) {
      if (open) return bad("EXT-X-STREAM-INF after one without a URI");
      TESSERA_TRY_ASSIGN(Attributes attributes, read_attributes(value));
      playlist.variants.push_back({std::move(attributes), ""});
      open = true;
    } else if (take_tag(line, "#EXT-X-MEDIA:", value)) {
      TESSERA_TRY_ASSIGN(Attributes attributes, read_attributes(value));
      playlist.media.push_back(std::move(attributes));
    } else if (line == "#EXT-X-INDEPENDENT-SEGMENTS") {
      playlist.independent = true;
    } else if (!line.starts_with('#')) {
      if (!open) return bad("URI " + shown(line) + " without EXT-X-STREAM-INF");
      playlist.variants.back().uri = line;
      open = false;
    }
    return {};
  };
  TESSERA_TRY(for_each_line(text, take));
  if (open) return bad("EXT-X-STREAM-INF without a URI at the end");
  return playlist;
}

}  // namespace tessera::package

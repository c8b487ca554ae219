#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

/// Reads back HLS playlists (RFC 8216), as much as a linter of our own output needs. The text is not trusted.
namespace tessera::package {

using Attributes = std::map<std::string, std::string>;  ///< values without their quotes

struct PlaylistSegment {
  std::string uri;
  int64_t duration_us = 0;
};

struct MediaPlaylist {
  int64_t version = 0;
  int64_t target_s = 0;
  std::string map_uri;
  std::string type;  ///< EXT-X-PLAYLIST-TYPE
  bool independent = false;
  bool ended = false;
  std::vector<PlaylistSegment> segments;
};

struct Variant {
  Attributes attributes;
  std::string uri;
};

struct MultivariantPlaylist {
  bool independent = false;
  std::vector<Attributes> media;  ///< EXT-X-MEDIA
  std::vector<Variant> variants;
};

/// @retval kBadInput the detail names the line
Result<MediaPlaylist> read_media_playlist(std::string_view text);
Result<MultivariantPlaylist> read_multivariant(std::string_view text);

/// The object a relative reference in a document of `folder` means.
/// @retval kBadInput it leaves the root or is no object name
Result<std::string> resolve_name(const std::string& folder, std::string_view reference);

/// "12.345678" as microseconds; further digits are dropped.
/// @retval kBadInput no such number
Result<int64_t> read_seconds(std::string_view text);

/// @retval kBadInput no whole number of 0 or more
Result<int64_t> read_integer(std::string_view text);

}  // namespace tessera::package

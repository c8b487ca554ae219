#include <filesystem>

#include "engine/spec/load.h"

namespace tessera::spec {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low > 0 || (low == 0 && high > 0)) {  // %00 can be in no path
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The length of "scheme" in "scheme://", 0 where there is none.
size_t scheme_length(std::string_view uri) {
  const size_t end = uri.find("://");
  if (end == std::string_view::npos) return 0;
  const auto alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (size_t i = 0; i < end; ++i) {
    const char c = uri[i];
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!alpha(c) && (i == 0 || !other)) return 0;
  }
  return end;
}

std::string path_of_file_uri(std::string_view uri) {
  uri.remove_prefix(std::string_view("file://").size());
  if (uri.starts_with("localhost/")) uri.remove_prefix(std::string_view("localhost").size());
  return percent_decoded(uri);
}

}  // namespace

bool has_foreign_scheme(std::string_view uri) { return scheme_length(uri) > 0 && !uri.starts_with("file://"); }

std::string resolve_uri(const std::string& uri, const std::string& folder) {
  if (uri.empty() || has_foreign_scheme(uri)) return uri;
  const std::string path = uri.starts_with("file://") ? path_of_file_uri(uri) : uri;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

void resolve_uris(Job& job, const std::string& folder) {
  const auto resolve = [&](std::string& uri) { uri = resolve_uri(uri, folder); };
  for (Guest& guest : job.guests) {
    resolve(guest.avatar);
    for (Take& take : guest.takes) resolve(take.uri);
  }
  for (auto& [name, asset] : job.assets) resolve(asset.uri);
  for (Sound& sound : job.sounds) resolve(sound.uri);
  resolve(job.events);
  resolve(job.theme);
}

void resolve_uris(std::vector<Event>& events, const std::string& folder) {
  for (Event& event : events) {
    std::visit(
        [&](auto& body) {
          if constexpr (requires { body.user.avatar; }) body.user.avatar = resolve_uri(body.user.avatar, folder);
          if constexpr (requires { body.image; }) body.image = resolve_uri(body.image, folder);
        },
        event.body);
  }
}

}  // namespace tessera::spec

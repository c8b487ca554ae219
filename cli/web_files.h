#pragma once

#include <span>
#include <string_view>

namespace tessera::cli {

/// One file of cli/web, embedded at build time.
struct WebFile {
  std::string_view name;
  std::string_view text;
};

std::span<const WebFile> web_files();

}  // namespace tessera::cli

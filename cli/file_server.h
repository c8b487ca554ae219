#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"

namespace tessera::cli {

/// Serves a published folder and the page that plays it over HTTP, to this machine only.
/// Thread-safety: stop() from any thread, the others by one.
class FileServer {
 public:
  /// Listens on 127.0.0.1; port 0 takes any free one.
  /// @retval kUnreachable the port can't be had
  static Result<std::unique_ptr<FileServer>> open(const std::string& folder, int port);
  ~FileServer();

  /// "http://127.0.0.1:8000/".
  std::string url() const;
  /// Answers requests until stop(); returns at once where that was called before. Call it once.
  void run();
  /// Returns when run() is ending or has ended.
  void stop();

 private:
  struct Impl;
  explicit FileServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::cli

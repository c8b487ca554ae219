#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/isolate.h"
#include "engine/base/rational.h"
#include "engine/base/result.h"
#include "engine/origin/temporary.h"
#include "engine/pipeline/inspect.h"

/// Options that several commands share.
namespace tessera::cli {

/// JOB, --device, --simd, --scaler, --cache, --strict as written.
struct JobOptions {
  std::string job;
  std::string device = "auto";
  std::string simd = "auto";
  std::string scaler = "lanczos";
  std::string cache = pipeline::default_cache_dir();
  bool strict = false;
};
void add_job_options(CLI::App& command, JobOptions& options);
pipeline::OpenOptions open_options(const JobOptions& options);

/// JobOptions and the part of the show to look at.
struct LookOptions : JobOptions {
  std::string programme, from, to;
  IsolateOptions isolate;
};
void add_span_options(CLI::App& command, LookOptions& options);
void add_look_options(CLI::App& command, LookOptions& options, bool with_span);
Result<pipeline::InspectOptions> inspect_options(const LookOptions& options, pipeline::Heartbeat& heartbeat);

/// "12.5" or "0:00:12.500". @retval kUsage neither; `option` is named
Result<Micros> parse_time(const std::string& option, const std::string& text);

/// The file to write a command's result to; standard output for "-". Put in place by commit(), so that nothing
/// half-made stays, even of a process that is killed; on file systems that know no files without a name (NFS) that is
/// removed by the next command that writes to the same folder.
class OutputFile {
 public:
  static Result<OutputFile> open(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();
  std::FILE* file() { return file_; }
  bool is_standard_output() const { return file_ == stdout; }
  /// @retval kUnreachable it can't be written to the end
  Result<void> commit();

 private:
  OutputFile(std::FILE* file, std::string path, std::unique_ptr<origin::Temporary> temporary)
      : file_(file), path_(std::move(path)), temporary_(std::move(temporary)) {}
  std::FILE* file_;
  std::string path_;                              ///< for messages
  std::unique_ptr<origin::Temporary> temporary_;  ///< null for standard output, pipes and devices
};

}  // namespace tessera::cli

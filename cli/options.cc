#include "cli/options.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "engine/spec/decimal.h"

namespace tessera::cli {
namespace {

const std::map<std::string, kernels::Filter>& scalers() {
  static const std::map<std::string, kernels::Filter> words = {{"lanczos", kernels::Filter::kLanczos3},
                                                               {"bicubic", kernels::Filter::kCatmullRom},
                                                               {"bilinear", kernels::Filter::kBilinear}};
  return words;
}

std::string temporary_name(const std::string& path) { return path + ".part-" + std::to_string(::getpid()); }

/// A new file in a path's folder that has no name and so goes with its process; null where that can't be had there.
std::FILE* open_unnamed(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::access("/proc/self/fd", X_OK) != 0) return nullptr;  // it could never be given a name
  constexpr mode_t kAnyone = 0666;
  const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kAnyone);
  return file < 0 ? nullptr : ::fdopen(file, "wb");
}

bool give_name(std::FILE* file, const std::string& name) {
  std::remove(name.c_str());  // of a process that had this number before
  const std::string open_file = "/proc/self/fd/" + std::to_string(::fileno(file));
  return ::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace

void add_job_options(CLI::App& command, JobOptions& options) {
  command.add_option("JOB", options.job, "the job file")->required();
  command.add_option("--device", options.device, "auto, cpu, vulkan or cuda; default: auto, a GPU where there is one");
  command.add_option("--simd", options.simd,
                     "vector instructions of the cpu: auto, scalar or a level's name; default: auto");
  command
      .add_option("--scaler", options.scaler, "lanczos (3 lobes), bicubic (Catmull-Rom) or bilinear; default: lanczos")
      ->check([](const std::string& word) {
        return scalers().contains(word) ? std::string() : "\"" + word + "\"; wanted lanczos, bicubic or bilinear";
      });
  command.add_option("--cache", options.cache,
                     "folder for take indexes; default: $TESSERA_CACHE_DIR or the user's cache");
  command.add_flag("--strict", options.strict, "damaged or missing input is an error");
}

pipeline::OpenOptions open_options(const JobOptions& options) {
  return {.cache_dir = options.cache, .strict = options.strict, .limits = {}, .scaler = scalers().at(options.scaler)};
}

void add_look_options(CLI::App& command, LookOptions& options, bool with_span) {
  add_job_options(command, options);
  command.add_option("--programme", options.programme, "which one; default: the job's first");
  add_isolate_options(command, options.isolate);
  if (with_span) add_span_options(command, options);
}

void add_span_options(CLI::App& command, LookOptions& options) {
  command.add_option("--from", options.from, "show time to begin at, like 12.5 or 0:00:12.500; default: 0");
  command.add_option("--to", options.to, "show time to end before; default: the show's end");
}

Result<pipeline::InspectOptions> inspect_options(const LookOptions& options, pipeline::Heartbeat& heartbeat) {
  pipeline::InspectOptions inspect{
      open_options(options), options.device, options.simd, options.programme, {}, {}, &heartbeat};
  if (!options.from.empty()) {
    TESSERA_TRY_ASSIGN(inspect.from, parse_time("--from", options.from));
  }
  if (!options.to.empty()) {
    TESSERA_TRY_ASSIGN(inspect.to, parse_time("--to", options.to));
  }
  return inspect;
}

Result<Micros> parse_time(const std::string& option, const std::string& text) {
  if (const auto clock = spec::parse_clock_time(text)) return *clock;
  constexpr int kMicroDigits = 6;
  if (const auto seconds = spec::parse_decimal(text, kMicroDigits)) return seconds->value;
  return fail(Errc::kUsage, option, "\"" + text + "\" is no time; wanted seconds like 12.5, or 0:00:12.500");
}

Result<OutputFile> OutputFile::open(const std::string& path) {
  if (path == "-") return OutputFile(stdout, "");
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    std::FILE* device = std::fopen(path.c_str(), "wb");  // a pipe or a device is written, not replaced
    if (device == nullptr)
      return fail(Errc::kUnreachable, path, std::string("can't be written: ") + std::strerror(errno));
    return OutputFile(device, "");
  }
  if (std::FILE* unnamed = open_unnamed(path)) return OutputFile(unnamed, path, false);
  std::FILE* file = std::fopen(temporary_name(path).c_str(), "wb");
  if (file == nullptr) return fail(Errc::kUnreachable, path, std::string("can't be written: ") + std::strerror(errno));
  return OutputFile(file, path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), path_(std::exchange(other.path_, {})), named_(other.named_) {}

OutputFile::~OutputFile() {
  if (path_.empty() || file_ == nullptr) return;
  std::fclose(file_);
  if (named_) std::remove(temporary_name(path_).c_str());
}

Result<void> OutputFile::commit() {
  if (path_.empty()) {
    if (std::fflush(file_) == 0) return {};
    return fail(Errc::kUnreachable, "stdout", std::string("can't be written: ") + std::strerror(errno));
  }
  const bool named = std::fflush(file_) == 0 && (named_ || give_name(file_, temporary_name(path_)));
  const int why_not_named = errno;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!named) errno = why_not_named;
  if (named && closed && std::rename(temporary_name(path_).c_str(), path_.c_str()) == 0) return {};
  const std::string why = std::strerror(errno);
  std::remove(temporary_name(path_).c_str());
  return fail(Errc::kUnreachable, path_, "can't be written: " + why);
}

}  // namespace tessera::cli

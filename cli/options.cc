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

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

tl::unexpected<Error> not_written(const std::string& path, int error) {
  return fail(Errc::kUnreachable, path, std::string("can't be written: ") + std::strerror(error));
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
  if (path == "-") return OutputFile(stdout, "stdout", nullptr);
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    std::FILE* device = std::fopen(path.c_str(), "wb");  // a pipe or a device is written, not replaced
    if (device == nullptr) return not_written(path, errno);
    return OutputFile(device, path, nullptr);
  }
  origin::remove_left_temporaries_in(folder_of(path));
  auto temporary = std::make_unique<origin::Temporary>();
  if (const int error = temporary->open(folder_of(path))) return not_written(path, error);
  std::FILE* file = ::fdopen(::fcntl(temporary->descriptor(), F_DUPFD_CLOEXEC, 0), "wb");
  if (file == nullptr) return not_written(path, errno);
  return OutputFile(file, path, std::move(temporary));
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)) {}

OutputFile::~OutputFile() {
  if (temporary_ != nullptr && file_ != nullptr) std::fclose(file_);
}

Result<void> OutputFile::commit() {
  if (std::fflush(file_) != 0) return not_written(path_, errno);
  if (temporary_ == nullptr) return {};
  if (std::fclose(std::exchange(file_, nullptr)) != 0) return not_written(path_, errno);
  if (const int error = temporary_->replace(path_)) return not_written(path_, error);
  return {};
}

}  // namespace tessera::cli

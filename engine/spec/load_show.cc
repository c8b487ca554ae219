#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "engine/spec/load.h"

namespace tessera::spec {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The file's bytes, at most `max` + 1 of them. Where it can't be read: `why` says so, and the result is empty.
std::string read_file(const std::string& path, size_t max, std::string& why) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    why = "is a folder; wanted a file";
    return {};
  }
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  std::string text;
  if (file) {
    char block[65536];
    size_t n = 0;
    while (text.size() <= max && (n = std::fread(block, 1, sizeof block, file.get())) > 0) text.append(block, n);
  }
  if (!file || std::ferror(file.get()) != 0) {
    why = std::string("can't be read: ") + std::strerror(errno);
    return {};
  }
  return text;
}

std::vector<Event> load_events(const Job& job, const std::string& folder, const std::string& job_path,
                               Findings& findings) {
  const std::string where = job_path + ":/events";
  if (has_foreign_scheme(job.events)) {
    findings.add(where, uri_in_quotes(job.events) + "; wanted a file: the event log is not fetched from other places");
    return {};
  }
  std::string why;
  const std::string text = read_file(resolve_uri(job.events, folder), kMaxLogBytes, why);
  if (!why.empty()) {
    findings.add(where, uri_in_quotes(job.events) + " " + why);
    return {};
  }
  if (text.size() > kMaxLogBytes) {
    findings.add(job.events, "more than 512 MiB; wanted at most that", true);
    return {};
  }
  return read_events(text, job.events, job, findings);
}

}  // namespace

Result<Show> load_show(const std::string& job_path) {
  std::string why;
  const std::string text = read_file(job_path, kMaxJobBytes, why);
  if (!why.empty()) return fail(Errc::kBadInput, job_path, why);
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(job_path, error);
  if (error) return fail(Errc::kBadInput, job_path, "has no absolute path: " + error.message());
  const std::string folder = absolute.lexically_normal().parent_path().string();

  Findings findings;
  Show show;
  show.job = read_job(text, job_path, findings);
  const std::string events_name = show.job.events;
  if (!events_name.empty()) show.events = load_events(show.job, folder, job_path, findings);
  if (!findings.empty()) return tl::unexpected(to_error(findings.take()));
  show.notices = notices_of(show.job, job_path, show.events, events_name);
  resolve_uris(show.job, folder);
  resolve_uris(show.events, folder);
  return show;
}

}  // namespace tessera::spec

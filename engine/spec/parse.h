#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/spec/event.h"
#include "engine/spec/job.h"

/// Text -> job and events, from the one field table (fields.h) that also gives the JSON Schema and the reference.
namespace tessera::spec {

/// One thing wrong with a job or a log, or worth knowing.
struct Finding {
  std::string where;   ///< "job.json:/programmes/0/canvas/fps" or "events.jsonl:17:/count"
  std::string detail;  ///< what was found, what was wanted
  bool limit = false;  ///< an input larger than a limit: exit 11, not 10
};

/// All findings as one Error: kLimit where every one is a limit, else kBadInput; detail has one line a finding.
Error to_error(const std::vector<Finding>& findings);

/// A job with its log: sorted by (t, line), duplicates dropped, retracted events removed.
struct Show {
  Job job;
  std::vector<Event> events;
  std::vector<std::string> notices;  ///< not errors: "events.jsonl: 12 gift events are not drawn yet"
};

/// Parses a job's text. `name` is the file's name for messages. Every problem of the text is reported.
/// Limits: 1 MiB of text, nesting depth 32 (kLimit).
/// @retval kBadInput, kLimit as to_error(); pure, any thread.
Result<Job> parse_job(std::string_view text, std::string_view name);

/// Parses an event log against its job (guests and assets named must exist). Lines in any order; see job-format.md for
/// duplicates. Limits: a line 64 KiB, 1,000,000 lines.
Result<std::vector<Event>> parse_events(std::string_view text, std::string_view name, const Job& job);

/// Reads JOB and the log it names, resolves every uri against the job file's folder (absolute path, or left alone where
/// it has a scheme), and collects the findings of both files before it gives up.
/// @retval kBadInput, kLimit; kUnreachable never: a missing file is bad input and is named
Result<Show> load_show(const std::string& job_path);

/// The job with every default written out, as JSON text (two spaces of indent, keys in the table's order).
std::string to_json(const Job& job);

/// The JSON Schema (draft 2020-12) of the job and of one event line.
std::string json_schema();

}  // namespace tessera::spec

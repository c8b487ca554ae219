#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/spec/findings.h"
#include "engine/spec/parse.h"

/// The steps of load_show(). Private to engine/spec.
namespace tessera::spec {

inline constexpr size_t kMaxJobBytes = size_t{1} << 20;
inline constexpr size_t kMaxLineBytes = size_t{64} << 10;
inline constexpr size_t kMaxLines = 1'000'000;
inline constexpr size_t kMaxLogBytes = size_t{512} << 20;

/// parse_job() into findings: the job as far as it could be read, with its defaults.
Job read_job(std::string_view text, std::string_view name, Findings& findings);

/// parse_events() into findings.
std::vector<Event> read_events(std::string_view text, std::string_view name, const Job& job, Findings& findings);

/// Findings of events against the job and each other: guests, assets and polls that are not there, and the like.
/// @param job null where its names are not known
void check_event(const Event& event, const Job& job, const Report& report);
/// Polls and their counts; `events` sorted, without those retracted.
void check_polls(const std::vector<Event>& events, std::string_view name, Findings& findings);

/// What is accepted but has no effect in this version.
std::vector<std::string> notices_of(const Job& job, std::string_view job_name, const std::vector<Event>& events,
                                    std::string_view events_name);

/// Makes the uris of a job and its events absolute against a folder (an absolute path); those with a scheme other than
/// file:// stay.
void resolve_uris(Job& job, const std::string& folder);
void resolve_uris(std::vector<Event>& events, const std::string& folder);
std::string resolve_uri(const std::string& uri, const std::string& folder);
/// "s3://bucket/x": true; "file:///x" and "x.mp4": false.
bool has_foreign_scheme(std::string_view uri);

}  // namespace tessera::spec

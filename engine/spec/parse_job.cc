#include <utility>

#include "engine/spec/check.h"
#include "engine/spec/job_fields.h"
#include "engine/spec/kinds.h"
#include "engine/spec/load.h"

namespace tessera::spec {

Job read_job(std::string_view text, std::string_view name, Findings& findings) {
  Job job;
  if (text.size() > kMaxJobBytes) {
    findings.add(std::string(name), "more than 1 MiB of text; wanted at most that", true);
    return job;
  }
  const std::optional<Node> node = parse_node(text, name, false, findings);
  if (!node) return job;
  findings.extras = &job.extras;
  const Report report(findings, name);
  Object<Job>{}.read(*node, job, report);
  findings.extras = nullptr;
  if (!report.reported_here()) check_job(job, report);
  fill_derived(job);
  return job;
}

Result<Job> parse_job(std::string_view text, std::string_view name) {
  Findings findings;
  Job job = read_job(text, name, findings);
  if (!findings.empty()) return tl::unexpected(to_error(findings.take()));
  return job;
}

Error to_error(const std::vector<Finding>& findings) {
  Error error{Errc::kLimit, "spec", {}};
  for (const Finding& finding : findings) {
    if (!finding.limit) error.code = Errc::kBadInput;
    if (!error.detail.empty()) error.detail += '\n';
    error.detail += finding.where + ": " + finding.detail;
  }
  if (findings.size() == 1) {
    error.where = findings.front().where;
    error.detail = findings.front().detail;
  }
  return error;
}

}  // namespace tessera::spec

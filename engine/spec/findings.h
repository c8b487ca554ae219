#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/spec/parse.h"

/// Collects what is wrong with a text. Private to engine/spec.
namespace tessera::spec {

/// Everything found in one load. Keeps the first kMaxFindings and counts the rest.
class Findings {
 public:
  static constexpr size_t kMaxFindings = 1000;

  void add(std::string where, std::string detail, bool limit = false);
  bool empty() const { return findings_.empty(); }
  /// True where there is a finding at `where` or inside it ("job.json:/a" for "job.json:/a/b"), number `from` or later.
  bool has_within(std::string_view where, size_t from) const;
  /// True where there is a finding at exactly `where`, number `from` or later.
  bool has(std::string_view where, size_t from) const;
  size_t size() const { return findings_.size() + dropped_; }
  /// All of them; where some were dropped, a last one says how many.
  std::vector<Finding> take();

  /// Where not null: receives the x_ fields, by JSON pointer, as JSON text.
  std::map<std::string, std::string>* extras = nullptr;

 private:
  std::vector<Finding> findings_;
  size_t dropped_ = 0;
};

/// A place in a document. A chain on the stack: each link must outlive those made from it by at(), and the texts given.
class Report {
 public:
  /// @param document "job.json" or "events.jsonl:17"
  Report(Findings& findings, std::string_view document)
      : findings_(&findings), document_(document), first_(findings.size()) {}

  Report at(std::string_view key) const { return Report(*this, key, 0); }
  Report at(size_t index) const { return Report(*this, {}, index); }

  void add(std::string detail) const { findings_->add(where(), std::move(detail)); }
  void add_limit(std::string detail) const { findings_->add(where(), std::move(detail), true); }
  /// True where this place, or one inside it, has a finding already: what follows from it is not worth telling.
  bool reported() const { return findings_->has_within(where(), first_); }
  /// True where this place itself has one.
  bool reported_here() const { return findings_->has(where(), first_); }
  Findings& findings() const { return *findings_; }

  /// RFC 6901, unescaped otherwise; empty for the whole document.
  std::string pointer() const;

 private:
  Report(const Report& parent, std::string_view key, size_t index)
      : findings_(parent.findings_),
        document_(parent.document_),
        first_(parent.first_),
        parent_(&parent),
        key_(key),
        index_(index) {}
  std::string where() const;

  Findings* findings_;
  std::string_view document_;
  size_t first_;  ///< how many findings there were before this document
  const Report* parent_ = nullptr;
  std::string_view key_;  ///< data() null: index_ counts
  size_t index_ = 0;
};

/// A text for a message: valid UTF-8, control characters escaped, cut after `max` bytes with "...".
std::string printable(std::string_view text, size_t max);
/// printable() in double quotes, at most 60 bytes of it.
std::string in_quotes(std::string_view text);
/// in_quotes(), without the query of a URL.
std::string uri_in_quotes(std::string_view uri);
/// "; did you mean \"guests\"?", or empty where no candidate is close.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);
/// "a, b or c"
std::string join_or(const std::vector<std::string_view>& words);

}  // namespace tessera::spec

#include "engine/spec/findings.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace tessera::spec {
namespace {

/// The length of the well-formed UTF-8 sequence at the start of `text`, 0 where there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 4;
  if (lead >= 0xF5 || (lead >= 0x80 && lead < 0xC2) || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool outside = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || outside ? 0 : length;
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

void Findings::add(std::string where, std::string detail, bool limit) {
  if (findings_.size() >= kMaxFindings) {
    ++dropped_;
    return;
  }
  findings_.push_back({std::move(where), std::move(detail), limit});
}

bool Findings::has_within(std::string_view where, size_t from) const {
  if (from >= findings_.size()) return false;
  return std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(from), findings_.end(), [&](const Finding& f) {
    return f.where.starts_with(where) && (f.where.size() == where.size() || f.where[where.size()] == '/');
  });
}

bool Findings::has(std::string_view where, size_t from) const {
  if (from >= findings_.size()) return false;
  return std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(from), findings_.end(),
                     [&](const Finding& f) { return f.where == where; });
}

std::vector<Finding> Findings::take() {
  if (dropped_ > 0 && !findings_.empty()) {
    findings_.push_back({findings_.back().where, std::to_string(dropped_) + " further findings are not listed", true});
  }
  dropped_ = 0;
  return std::exchange(findings_, {});
}

std::string Report::pointer() const {
  if (parent_ == nullptr) return {};
  std::string text = parent_->pointer() + "/";
  if (key_.data() == nullptr) return text + std::to_string(index_);
  for (const char c : key_) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string Report::where() const {
  const std::string path = pointer();
  std::string text(document_);
  return path.empty() ? text : text + ":" + printable(path, 200);
}

std::string printable(std::string_view text, size_t max) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text.substr(i));
    if (i + std::max<size_t>(length, 1) > max) return out + "...";
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
      out += escape.data();
    } else {
      out += text.substr(i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return out;
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text, 60) + "\""; }

std::string uri_in_quotes(std::string_view uri) { return in_quotes(uri.substr(0, uri.find('?'))); }

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > 40) return {};
  std::string_view best;
  size_t distance = std::max<size_t>(1, std::min<size_t>(3, word.size() / 3)) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t d = edit_distance(word, candidate);
    if (d < distance) {
      distance = d;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : "; did you mean \"" + std::string(best) + "\"?";
}

std::string join_or(const std::vector<std::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace tessera::spec

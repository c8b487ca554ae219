#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/rational.h"
#include "engine/spec/decimal.h"
#include "engine/spec/fields.h"
#include "engine/spec/job.h"

/// The kinds of value that a row of the field table can hold; fields.h says what a kind is. Private to engine/spec.
namespace tessera::spec {

struct Flag {
  using Value = bool;
  void read(const Node& node, bool& out, const Report& report) const;
  Json write(bool value) const { return value; }
  Json schema() const { return {{"type", "boolean"}}; }
  std::string wanted() const { return "true or false"; }
};

/// A whole number, of any width, in [min, max] and a multiple of `step`.
struct WholeRange {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  int64_t step = 1;
  bool read(const Node& node, int64_t& out, const Report& report) const;
  Json schema() const;
  std::string wanted() const;
};

template <class T>
struct Whole {
  using Value = T;
  WholeRange range;
  Whole(int64_t min, int64_t max, int64_t step = 1) : range{min, max, step} {}
  void read(const Node& node, T& out, const Report& report) const {
    int64_t value = 0;
    if (range.read(node, value, report)) out = static_cast<T>(value);
  }
  Json write(T value) const { return value; }
  Json schema() const { return range.schema(); }
  std::string wanted() const { return range.wanted(); }
};

/// A decimal number kept as an integer times 10^-digits; min and max in that unit.
struct Decimal {
  using Value = int32_t;
  int digits;
  int32_t min, max;
  void read(const Node& node, int32_t& out, const Report& report) const;
  Json write(int32_t value) const;
  Json schema() const;
  std::string wanted() const;
};

/// Seconds, as a number or "h:mm:ss.mmm"; min and max in microseconds.
struct Time {
  using Value = Micros;
  Micros min, max;
  void read(const Node& node, Micros& out, const Report& report) const;
  Json write(Micros value) const;
  Json schema() const;
  std::string wanted() const;
};

/// A string of `min` to `max` characters (code points).
struct Text {
  using Value = std::string;
  size_t min, max;
  void read(const Node& node, std::string& out, const Report& report) const;
  Json write(const std::string& value) const { return value; }
  Json schema() const;
  std::string wanted() const;
};

/// A string that `accepts` takes; `pattern` says the same to the schema.
struct Pattern {
  using Value = std::string;
  std::string_view pattern;
  std::string_view meaning;
  bool (*accepts)(std::string_view);
  std::string (*quote)(std::string_view) = in_quotes;
  void read(const Node& node, std::string& out, const Report& report) const;
  Json write(const std::string& value) const { return value; }
  Json schema() const { return {{"type", "string"}, {"pattern", pattern}}; }
  std::string wanted() const { return std::string(meaning); }
};

/// 1 to 128 of A-Z a-z 0-9 . _ -, and neither "." nor "..": ids become parts of paths.
Pattern id_kind();
/// 1 to 4096 characters, no control characters.
Pattern uri_kind();
/// As uri_kind(), or empty for none.
Pattern optional_uri_kind();
/// A BCP 47 language tag.
Pattern lang_kind();
/// As lang_kind(), or empty for not known.
Pattern optional_lang_kind();
/// An RFC 3339 time stamp with zone, or empty for none.
Pattern epoch_kind();

/// A frame rate, 1 to 240 per second.
struct Rate {
  using Value = Rational;
  void read(const Node& node, Rational& out, const Report& report) const;
  Json write(const Rational& value) const { return format_rate(value); }
  Json schema() const;
  std::string wanted() const { return "frames per second like \"30\" or \"30000/1001\""; }
};

/// "#rrggbb" as 0xRRGGBB.
struct Colour {
  using Value = uint32_t;
  void read(const Node& node, uint32_t& out, const Report& report) const;
  Json write(uint32_t value) const;
  Json schema() const { return {{"type", "string"}, {"pattern", "^#[0-9A-Fa-f]{6}$"}}; }
  std::string wanted() const { return "a colour like \"#101014\""; }
};

/// Reads a string that must be one of `words`; -1 with a finding where it is not.
int read_word(const Node& node, const std::vector<std::string_view>& words, const Report& report);
std::string wanted_word(const std::vector<std::string_view>& words);

/// One of some words, each standing for a value.
template <class T>
struct Word {
  using Value = T;
  std::vector<std::pair<std::string_view, T>> words;

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> out;
    for (const auto& [name, value] : words) out.push_back(name);
    return out;
  }
  void read(const Node& node, T& out, const Report& report) const {
    const int index = read_word(node, names(), report);
    if (index >= 0) out = words[static_cast<size_t>(index)].second;
  }
  Json write(const T& value) const {
    for (const auto& [name, known] : words) {
      if (known == value) return name;
    }
    return nullptr;
  }
  Json schema() const { return {{"enum", names()}}; }
  std::string wanted() const { return wanted_word(names()); }
};

/// A Word whose values are the words themselves.
Word<std::string> plain_words(const std::vector<std::string_view>& words);

/// An object with a table of its own.
template <class S>
struct Object {
  using Value = S;
  void read(const Node& node, S& out, const Report& report) const {
    if (!check_object(node, report)) return;
    read_rows(table<S>(), node, out, report);
    std::vector<std::string_view> keys;
    append_keys(table<S>(), keys);
    check_keys(node, keys, report);
  }
  Json write(const S& value) const { return write_rows(table<S>(), value); }
  Json schema() const { return {{"$ref", "#/$defs/" + std::string(table<S>().name)}}; }
  std::string wanted() const { return "an object"; }
};

/// False with a finding where `node` is no list of at least `min`; more than `max` is a finding (a limit) and true.
bool check_list(const Node& node, size_t min, size_t max, const std::string& wanted, const Report& report);
std::string count_range(size_t min, size_t max);

template <class K>
struct List {
  using Value = std::vector<typename K::Value>;
  K kind;
  size_t min, max;
  /// One element each, also for wrong ones: an index in the vector is an index in the text.
  void read(const Node& node, Value& out, const Report& report) const {
    if (!check_list(node, min, max, wanted(), report)) return;
    out.clear();
    for (size_t i = 0; i < std::min(node.items.size(), max); ++i) {
      kind.read(node.items[i], out.emplace_back(), report.at(i));
    }
  }
  Json write(const Value& values) const {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(kind.write(value));
    return list;
  }
  Json schema() const {
    Json s = {{"type", "array"}, {"items", kind.schema()}};
    if (min > 0) s["minItems"] = min;
    s["maxItems"] = max;
    return s;
  }
  std::string wanted() const { return "a list of " + count_range(min, max); }
};

/// An object whose keys are ids.
template <class K>
struct Map {
  using Value = std::map<std::string, typename K::Value>;
  K kind;
  size_t max;
  void read(const Node& node, Value& out, const Report& report) const {
    if (!check_object(node, report)) return;
    if (node.members.size() > max)
      report.add_limit(std::to_string(node.members.size()) + " entries; at most " + std::to_string(max) +
                       " are allowed");
    const Pattern id = id_kind();
    for (const Member& member : node.members) {
      const Report place = report.at(member.key);
      if (!id.accepts(member.key)) place.add("the name " + in_quotes(member.key) + "; wanted " + id.wanted());
      if (out.size() < max) kind.read(member.value, out[member.key], place);
    }
  }
  Json write(const Value& values) const {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[key] = kind.write(value);
    return object;
  }
  Json schema() const {
    return {{"type", "object"},
            {"maxProperties", max},
            {"propertyNames", {{"pattern", id_kind().pattern}}},
            {"additionalProperties", kind.schema()}};
  }
  std::string wanted() const { return "an object of names"; }
};

/// [a, b]
template <class K>
struct Pair {
  using Value = std::pair<typename K::Value, typename K::Value>;
  K first, second;
  void read(const Node& node, Value& out, const Report& report) const {
    if (!node.is(Node::Kind::kArray) || node.items.size() != 2) {
      report.add(describe(node) + "; wanted " + wanted());
      return;
    }
    first.read(node.items[0], out.first, report.at(size_t{0}));
    second.read(node.items[1], out.second, report.at(size_t{1}));
  }
  Json write(const Value& value) const { return Json::array({first.write(value.first), second.write(value.second)}); }
  Json schema() const {
    return {{"type", "array"},
            {"prefixItems", Json::array({first.schema(), second.schema()})},
            {"minItems", 2},
            {"maxItems", 2}};
  }
  std::string wanted() const { return "a pair [take seconds, show seconds]"; }
};

/// A value or null.
template <class K>
struct Nullable {
  using Value = std::optional<typename K::Value>;
  K kind;
  void read(const Node& node, Value& out, const Report& report) const {
    if (node.is(Node::Kind::kNull)) {
      out.reset();
    } else {
      kind.read(node, out.emplace(), report);
    }
  }
  Json write(const Value& value) const { return value ? kind.write(*value) : Json(nullptr); }
  Json schema() const { return {{"anyOf", Json::array({kind.schema(), Json{{"type", "null"}}})}}; }
  std::string wanted() const { return kind.wanted() + ", or null"; }
};

/// A list of words, each a bool of BurnIn.
struct BurnInWords {
  using Value = BurnIn;
  void read(const Node& node, BurnIn& out, const Report& report) const;
  Json write(const BurnIn& value) const;
  Json schema() const;
  std::string wanted() const;
};

}  // namespace tessera::spec

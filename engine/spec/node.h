#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/spec/findings.h"

/// JSON as it was written: numbers keep their text, objects their order. Private to engine/spec.
namespace tessera::spec {

inline constexpr size_t kMaxDepth = 32;

struct Member;

struct Node {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;             ///< a string's content, a number's source text
  std::vector<Node> items;      ///< of an array
  std::vector<Member> members;  ///< of an object, in the order written, keys unique

  bool is(Kind k) const { return kind == k; }
  /// Null where this is no object or has no such key.
  const Node* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Node value;
};

/// Parses one JSON text (RFC 8259). Syntax errors, keys given twice and nesting over kMaxDepth become findings.
/// @param document name for messages: "job.json"; a syntax error says document:line:column
/// @param one_line `document` already names the line: a syntax error says document:column
/// @return empty where there is no tree: a finding says why
std::optional<Node> parse_node(std::string_view text, std::string_view document, bool one_line, Findings& findings);

/// What was found, for a message: `"abc"`, `-3`, `true`, `a list`, `an object`.
std::string describe(const Node& node);

/// Compact JSON text of a node; keys sorted where `canonical`, and then top-level x_ fields left out where `drop_x`.
std::string to_text(const Node& node, bool canonical = false, bool drop_x = false);

}  // namespace tessera::spec

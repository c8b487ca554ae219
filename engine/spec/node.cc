#include "engine/spec/node.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

namespace tessera::spec {
namespace {

/// A long double accepts every exponent a double does not, so that 1e400 reaches the field table with its path.
using Sax = nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t, long double>;

/// Where in a text its byte number `offset` (from 0) lies: line and column from 1; the column counts bytes.
struct Place {
  std::ptrdiff_t line;
  size_t column;
};
Place place_of(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  return {std::count(before.begin(), before.end(), '\n') + 1,
          newline == std::string_view::npos ? offset + 1 : offset - newline};
}

/// nlohmann's "[json.exception...] parse error at line 1, column 2: WHAT; last read: 'TOKEN'" -> WHAT.
std::string reason_of(std::string what) {
  const size_t column = what.find("column ");
  const size_t colon = column == std::string::npos ? what.find("] ") : what.find(": ", column);
  if (colon != std::string::npos) what.erase(0, colon + 2);
  const size_t last = what.find("; last read: ");
  const size_t expected = last == std::string::npos ? last : what.rfind("; expected ");
  const std::string tail = expected == std::string::npos || expected < last ? std::string() : what.substr(expected);
  if (last != std::string::npos) what.erase(last);
  return printable(what, 200) + printable(tail, 60);
}

/// Builds the tree. Every function returns false to stop the parser.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::string_view document, bool one_line, Findings& findings)
      : text_(text), document_(document), one_line_(one_line), findings_(findings) {
    levels_.reserve(kMaxDepth);  // Level::dropped must not move while it is open
  }

  bool null() { return put({}); }
  bool boolean(bool value) {
    Node node;
    node.kind = Node::Kind::kBool;
    node.boolean = value;
    return put(std::move(node));
  }
  bool number_integer(int64_t value) { return put_number(std::to_string(value)); }
  bool number_unsigned(uint64_t value) { return put_number(std::to_string(value)); }
  bool number_float(long double /*value*/, const std::string& text) {
    std::string number = text;
    // The lexer writes the locale's decimal point into its buffer.
    const size_t point = number.find_first_not_of("0123456789+-eE");
    if (point != std::string::npos) number[point] = '.';
    return put_number(std::move(number));
  }
  bool string(std::string& value) {
    Node node;
    node.kind = Node::Kind::kString;
    node.text = std::move(value);
    return put(std::move(node));
  }
  bool binary(Sax::binary_t& /*value*/) { return false; }  // only in binary formats
  bool start_object(size_t /*size*/) { return open(Node::Kind::kObject); }
  bool start_array(size_t /*size*/) { return open(Node::Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    Level& level = levels_.back();
    level.key = std::move(name);
    level.duplicate = !level.keys.insert(level.key).second;
    if (level.duplicate) report().add("the key is given twice in one object; wanted once");
    return true;
  }
  bool parse_error(size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) {
    const Place place = place_of(text_, position == 0 ? 0 : position - 1);
    findings_.add(where(place), "no valid JSON: " + reason_of(error.what()));
    return false;
  }

  Node take() { return std::move(root_); }

 private:
  struct Level {
    Node* node;  ///< stays where it is: its parent gets no further child while it is open
    std::string key;
    std::unordered_set<std::string> keys;
    bool duplicate = false;  ///< the current key came before: its value is dropped
    Node dropped;
  };

  std::string where(const Place& place) const {
    const std::string line = one_line_ ? std::string() : ":" + std::to_string(place.line);
    return std::string(document_) + line + ":" + std::to_string(place.column);
  }

  /// A finding at the current key.
  struct Path {
    TreeBuilder& self;
    void add(const std::string& detail) const {
      std::vector<Report> chain;
      chain.reserve(self.levels_.size() + 1);
      chain.emplace_back(self.findings_, self.document_);
      for (const Level& level : self.levels_) {
        const bool object = level.node->is(Node::Kind::kObject);
        chain.push_back(object ? chain.back().at(level.key) : chain.back().at(level.node->items.size() - 1));
      }
      chain.back().add(detail);
    }
  };
  Path report() { return {*this}; }

  bool put_number(std::string text) {
    Node node;
    node.kind = Node::Kind::kNumber;
    node.text = std::move(text);
    return put(std::move(node));
  }

  /// Adds a value to the open container and returns where it lies.
  Node& place(Node node) {
    if (levels_.empty()) return root_ = std::move(node);
    Level& level = levels_.back();
    if (level.node->is(Node::Kind::kArray)) return level.node->items.emplace_back(std::move(node));
    if (level.duplicate) return level.dropped = std::move(node);
    return level.node->members.emplace_back(Member{level.key, std::move(node)}).value;
  }
  bool put(Node node) {
    place(std::move(node));
    return true;
  }
  bool open(Node::Kind kind) {
    if (levels_.size() >= kMaxDepth) {
      findings_.add(std::string(document_), "nested deeper than " + std::to_string(kMaxDepth) + " levels", true);
      return false;
    }
    Node node;
    node.kind = kind;
    Node& placed = place(std::move(node));
    levels_.push_back(Level{&placed, {}, {}, false, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view text_;
  std::string_view document_;
  bool one_line_;
  Findings& findings_;
  Node root_;
  std::vector<Level> levels_;
};

void append_text(const Node& node, bool canonical, bool drop_x, std::string& out);

void append_string(std::string_view text, std::string& out) {
  const bool plain = std::none_of(text.begin(), text.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
  if (plain) {  // nearly always, and a log has millions
    out.append("\"").append(text).append("\"");
    return;
  }
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_object(const Node& node, bool canonical, bool drop_x, std::string& out) {
  std::vector<const Member*> members;
  for (const Member& member : node.members) {
    if (!drop_x || !member.key.starts_with("x_")) members.push_back(&member);
  }
  if (canonical) {
    std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
  }
  out += '{';
  for (const Member* member : members) {
    if (out.back() != '{') out += ',';
    append_string(member->key, out);
    out += ':';
    append_text(member->value, canonical, false, out);
  }
  out += '}';
}

void append_text(const Node& node, bool canonical, bool drop_x, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out += "null";
      return;
    case Node::Kind::kBool:
      out += node.boolean ? "true" : "false";
      return;
    case Node::Kind::kNumber:
      out += node.text;
      return;
    case Node::Kind::kString:
      append_string(node.text, out);
      return;
    case Node::Kind::kObject:
      append_object(node, canonical, drop_x, out);
      return;
    case Node::Kind::kArray:
      break;
  }
  out += '[';
  for (const Node& item : node.items) {
    if (out.back() != '[') out += ',';
    append_text(item, canonical, false, out);
  }
  out += ']';
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

std::optional<Node> parse_node(std::string_view text, std::string_view document, bool one_line, Findings& findings) {
  TreeBuilder builder(text, document, one_line, findings);
  if (!Sax::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBool:
      return node.boolean ? "true" : "false";
    case Node::Kind::kNumber:
      return printable(node.text, 40);
    case Node::Kind::kString:
      return in_quotes(node.text);
    case Node::Kind::kArray:
      return "a list of " + std::to_string(node.items.size());
    case Node::Kind::kObject:
      return "an object";
  }
  return {};
}

std::string to_text(const Node& node, bool canonical, bool drop_x) {
  std::string out;
  append_text(node, canonical, drop_x, out);
  return out;
}

}  // namespace tessera::spec

#pragma once

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/spec/findings.h"
#include "engine/spec/node.h"

/// The field table: one row a field, walked by the parser, by `validate --resolved` and by the JSON Schema.
/// Private to engine/spec.
///
/// A row is made from a key, an accessor (member pointer, or a lambda that returns a reference) and a *kind* (kinds.h):
/// an object with
///   using Value;                                            what it fills
///   void read(const Node&, Value&, const Report&) const;    on error: a finding, and the value is left as it was
///   Json write(const Value&) const;
///   Json schema() const;
///   std::string wanted() const;                             "a time in seconds ...", for messages
/// Defaults are the structs' own member initialisers; nothing else states them.
namespace tessera::spec {

using Json = nlohmann::ordered_json;

enum class Need {
  kRequired,
  kOptional,  ///< default: the struct's member initialiser
  kDerived,   ///< default: worked out from other fields after reading; the help says how
};

template <class S>
struct Row {
  std::string_view key;
  Need need = Need::kOptional;
  std::string_view help;
  std::string wanted;
  std::function<void(const Node&, S&, const Report&)> read;
  std::function<std::optional<Json>(const S&)> write;  ///< empty: left out
  std::function<Json()> schema;
};

template <class S>
struct Table {
  std::string_view name;  ///< of the schema's definition
  std::string_view help;
  std::vector<Row<S>> rows;
};

/// The table of a struct; specialised in job_fields.cc and event_fields.cc.
template <class S>
const Table<S>& table();

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class S, class Get, class K>
Row<S> row(std::string_view key, Get get, K kind, Need need, std::string_view help) {
  using Field = std::remove_cvref_t<std::invoke_result_t<Get, S&>>;
  constexpr bool kUnwrap = IsOptional<Field>::value && !std::is_same_v<Field, typename K::Value>;
  Row<S> r{key, need, help, kind.wanted(), {}, {}, [kind] { return kind.schema(); }};
  r.read = [get, kind](const Node& node, S& out, const Report& report) {
    auto& field = std::invoke(get, out);
    if constexpr (kUnwrap) {
      typename K::Value value{};
      const size_t before = report.findings().size();
      kind.read(node, value, report);
      if (report.findings().size() == before) field = std::move(value);
    } else {
      kind.read(node, field, report);
    }
  };
  r.write = [get, kind](const S& in) -> std::optional<Json> {
    // The accessor gives a reference to read from or write to; a const one would need every lambda twice.
    const auto& field = std::invoke(get, const_cast<S&>(in));
    if constexpr (kUnwrap) {
      if (!field) return std::nullopt;
      return kind.write(*field);
    } else {
      return kind.write(field);
    }
  };
  return r;
}

/// As row(), and a value equal to the struct's own default is neither printed nor stated in the schema: there it means
/// "not given".
template <class S, class Get, class K>
Row<S> hidden_row(std::string_view key, Get get, K kind, std::string_view help) {
  Row<S> r = row<S>(key, get, kind, Need::kDerived, help);
  r.write = [get, write = r.write](const S& in) -> std::optional<Json> {
    S fresh{};
    if (std::invoke(get, const_cast<S&>(in)) == std::invoke(get, fresh)) return std::nullopt;
    return write(in);
  };
  return r;
}

/// Fills `out` from the object `node`; does not look at other keys.
template <class S>
void read_rows(const Table<S>& fields, const Node& node, S& out, const Report& report) {
  for (const Row<S>& r : fields.rows) {
    if (const Node* value = node.find(r.key)) {
      r.read(*value, out, report.at(r.key));
    } else if (r.need == Need::kRequired) {
      report.at(r.key).add("missing; wanted " + r.wanted);
    }
  }
}

template <class S>
void append_keys(const Table<S>& fields, std::vector<std::string_view>& keys) {
  for (const Row<S>& r : fields.rows) keys.push_back(r.key);
}

/// Names every field of `node` that is not in `known`; those that begin with x_ are carried.
void check_keys(const Node& node, const std::vector<std::string_view>& known, const Report& report);

/// False with a finding where `node` is no object.
bool check_object(const Node& node, const Report& report);

template <class S>
Json write_rows(const Table<S>& fields, const S& in) {
  Json object = Json::object();
  for (const Row<S>& r : fields.rows) {
    if (std::optional<Json> value = r.write(in)) object[std::string(r.key)] = std::move(*value);
  }
  return object;
}

/// Adds the table's rows to the "properties" and "required" of an object schema.
template <class S>
void add_schema_rows(const Table<S>& fields, Json& schema) {
  const S defaults{};
  for (const Row<S>& r : fields.rows) {
    Json property = r.schema();
    if (!r.help.empty()) property["description"] = r.help;
    if (r.need == Need::kOptional) {
      if (std::optional<Json> value = r.write(defaults)) property["default"] = std::move(*value);
    }
    if (r.need == Need::kRequired) schema["required"].push_back(r.key);
    schema["properties"][std::string(r.key)] = std::move(property);
  }
}

/// {"type": "object", ...} that admits no other fields than rows yet to be added, and x_ fields.
Json object_schema(std::string_view help);

template <class S>
Json table_schema(const Table<S>& fields) {
  Json schema = object_schema(fields.help);
  add_schema_rows(fields, schema);
  return schema;
}

}  // namespace tessera::spec

#include "engine/spec/fields.h"

namespace tessera::spec {

void check_keys(const Node& node, const std::vector<std::string_view>& known, const Report& report) {
  for (const Member& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    if (member.key.starts_with("x_")) {
      if (auto* extras = report.findings().extras)
        extras->emplace(report.at(member.key).pointer(), to_text(member.value));
      continue;
    }
    report.at(member.key).add("unknown field" + suggestion(member.key, known));
  }
}

bool check_object(const Node& node, const Report& report) {
  if (node.is(Node::Kind::kObject)) return true;
  report.add(describe(node) + "; wanted an object");
  return false;
}

Json object_schema(std::string_view help) {
  Json schema = {{"type", "object"}};
  if (!help.empty()) schema["description"] = help;
  schema["required"] = Json::array();
  schema["properties"] = Json::object();
  schema["patternProperties"] = {{"^x_", true}};
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace tessera::spec

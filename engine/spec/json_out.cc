#include "engine/spec/event_fields.h"
#include "engine/spec/job_fields.h"
#include "engine/spec/parse.h"

namespace tessera::spec {

std::string to_json(const Job& job) {
  Json json = write_rows(table<Job>(), job);
  for (const auto& [pointer, text] : job.extras) {
    const Json value = Json::parse(text, nullptr, false);
    try {
      if (!value.is_discarded()) json[Json::json_pointer(pointer)] = value;
    } catch (const Json::exception&) {
      continue;  // a pointer to a place that this job, made by hand, does not have
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "tessera job"}};
  schema.update(table_schema(table<Job>()));
  Json definitions = Json::object();
  definitions["job"] = {{"$ref", "#"}};
  add_job_definitions(definitions);
  add_event_definitions(definitions);
  schema["$defs"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace tessera::spec

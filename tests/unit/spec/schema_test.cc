#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "event_samples.h"
#include "job_samples.h"
#include "support.h"

namespace tessera::spec {
namespace {

using test::Json;

TEST(Schema, DescribesTheJobAndEveryEventType) {
  const Json schema = Json::parse(json_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  const Json& canvas = schema["$defs"]["canvas"]["properties"];
  EXPECT_EQ(canvas["width"]["default"], 1080);
  EXPECT_EQ(canvas["fps"]["default"], "30");
  EXPECT_EQ(canvas["background"]["default"], "#101014");
  for (const char* line : test::valid_events()) {
    const std::string type = Json::parse(line)["type"];
    EXPECT_TRUE(schema["$defs"].contains("event-" + type)) << type;
  }
  EXPECT_EQ(schema["$defs"]["event"]["properties"]["type"]["enum"].size(), 27u);
}

void each_reference(const Json& json, std::set<std::string>& found) {
  if (json.is_object() && json.contains("$ref")) found.insert(json["$ref"].get<std::string>());
  if (!json.is_structured()) return;
  for (const Json& child : json) each_reference(child, found);
}

TEST(Schema, ReferencesWhatItDefines) {
  const Json schema = Json::parse(json_schema());
  std::set<std::string> references;
  each_reference(schema, references);
  EXPECT_GT(references.size(), 40u);
  for (const std::string& reference : references) {
    EXPECT_TRUE(schema.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
}

/// An independent validator's verdicts: exit 3 where python3-jsonschema is not installed, else one line a disagreement.
constexpr const char* kCheck = R"PY(
import json, sys, warnings
warnings.simplefilter("ignore")
try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(3)
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
job = Draft202012Validator(schema)
event = Draft202012Validator({"$ref": "#/$defs/event", "$defs": schema["$defs"]})
wrong = 0
for line in open(sys.argv[2]):
    sample = json.loads(line)
    validator = job if sample["kind"] == "job" else event
    if validator.is_valid(json.loads(sample["text"])) != sample["valid"]:
        wrong += 1
        print("disagrees with", sample)
sys.exit(1 if wrong else 0)
)PY";

TEST(Schema, AgreesWithTheParser) {
  std::string name = (std::filesystem::temp_directory_path() / "tessera-schema-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  std::string samples;
  int count = 0;
  const auto add = [&](const char* kind, const std::string& text, bool valid) {
    samples += Json{{"kind", kind}, {"text", text}, {"valid", valid}}.dump() + "\n";
    ++count;
  };
  add("job", test::base_job(), true);
  add("job", test::read_text(std::string(TESSERA_SPEC_DATA) + "/job.json"), true);
  add("job", to_json(test::valid_job()), true);
  for (const test::WrongJob& sample : test::wrong_jobs()) {
    if (sample.structural) add("job", test::edited_job(sample.pointer, sample.json), false);
  }
  for (const char* line : test::valid_events()) add("event", line, true);
  for (const test::WrongEvent& sample : test::wrong_events()) {
    if (sample.structural) add("event", sample.line, false);
  }
  test::write_text(name + "/schema.json", json_schema());
  test::write_text(name + "/samples.jsonl", samples);
  test::write_text(name + "/check.py", kCheck);
  const int status =
      std::system(("python3 " + name + "/check.py " + name + "/schema.json " + name + "/samples.jsonl").c_str());
  std::filesystem::remove_all(name);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3 || WEXITSTATUS(status) == 127) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace tessera::spec

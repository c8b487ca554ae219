#include "cli/commands.h"
#include "engine/spec/parse.h"

namespace tessera::cli {

void add_schema(CLI::App& app, Context& context) {
  CLI::App& command = add_command(app, context,
                                  {"schema", kCheck, "prints the JSON Schema of a job and, as $defs/event, of an event",
                                   "tessera schema > job.schema.json"});
  on_run(command, context, [](Context&) -> Result<int> {
    TESSERA_TRY(print(spec::json_schema()));
    return 0;
  });
}

}  // namespace tessera::cli

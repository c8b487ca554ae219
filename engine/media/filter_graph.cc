#include "engine/media/filter_graph.h"

#include <dlfcn.h>

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavfilter/version.h>
}

namespace tessera::media {
namespace {

constexpr const char* kWhere = "media.filter";

#define TESSERA_AVFILTER_FUNCTIONS(X) \
  X(avfilter_get_by_name)             \
  X(avfilter_graph_alloc)             \
  X(avfilter_graph_config)            \
  X(avfilter_graph_create_filter)     \
  X(avfilter_graph_free)              \
  X(avfilter_graph_parse_ptr)         \
  X(avfilter_inout_alloc)             \
  X(avfilter_inout_free)              \
  X(av_buffersink_get_frame)          \
  X(av_buffersink_get_time_base)      \
  X(av_buffersrc_add_frame)

/// libavfilter's functions that are used here, by their own names.
struct Library {
#define TESSERA_DECLARE(name) decltype(&::name) name = nullptr;
  TESSERA_AVFILTER_FUNCTIONS(TESSERA_DECLARE)
#undef TESSERA_DECLARE
  std::string error;  ///< why it can't be used; empty where it can
};

Library load() {
  Library library;
  const std::string name = "libavfilter.so." + std::to_string(LIBAVFILTER_VERSION_MAJOR);
  void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    library.error = why != nullptr ? why : name + " can't be loaded";
    return library;
  }
#define TESSERA_LOOK_UP(name)                                                      \
  library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, #name)); \
  if (library.name == nullptr && library.error.empty()) library.error = "it has no " #name;
  TESSERA_AVFILTER_FUNCTIONS(TESSERA_LOOK_UP)
#undef TESSERA_LOOK_UP
  return library;
}

/// Loaded once and for the life of the process.
const Library& lib() {
  static const Library library = load();
  return library;
}

struct FreeInOut {
  void operator()(AVFilterInOut* p) const { lib().avfilter_inout_free(&p); }
};
using InOut = std::unique_ptr<AVFilterInOut, FreeInOut>;

InOut end_of_chain(const char* name, AVFilterContext* filter) {
  InOut end(lib().avfilter_inout_alloc());
  if (end) *end = {av_strdup(name), filter, 0, nullptr};
  return end;
}

tl::unexpected<Error> refused(const std::string& chain, int status) {
  return fail(Errc::kDevice, kWhere, "libavfilter refuses " + chain + ": " + av_text(status));
}

}  // namespace

void FilterGraph::Free::operator()(AVFilterGraph* graph) const { lib().avfilter_graph_free(&graph); }

Result<FilterGraph> FilterGraph::create(const std::string& input, const std::string& chain) {
  if (!lib().error.empty()) return fail(Errc::kDevice, kWhere, chain + " needs libavfilter: " + lib().error);
  FilterGraph g;
  g.graph_.reset(lib().avfilter_graph_alloc());
  if (!g.graph_) return fail(Errc::kCapacity, kWhere, "no memory for a filter graph", true);
  AVFilterGraph* const graph = g.graph_.get();
  graph->nb_threads = 1;
  const auto add = [&](AVFilterContext** made, const char* filter, const char* parameters) {
    return lib().avfilter_graph_create_filter(made, lib().avfilter_get_by_name(filter), filter, parameters, nullptr,
                                              graph);
  };
  int status = add(&g.source_, "buffer", input.c_str());
  if (status >= 0) status = add(&g.sink_, "buffersink", nullptr);
  if (status < 0) return refused(input, status);
  // To the parser, "in" is an output that is still open, and "out" an input.
  InOut outputs = end_of_chain("in", g.source_), inputs = end_of_chain("out", g.sink_);
  if (!outputs || !inputs) return fail(Errc::kCapacity, kWhere, "no memory for a filter graph", true);
  AVFilterInOut* open_inputs = inputs.release();
  AVFilterInOut* open_outputs = outputs.release();
  status = lib().avfilter_graph_parse_ptr(graph, chain.c_str(), &open_inputs, &open_outputs, nullptr);
  inputs.reset(open_inputs);
  outputs.reset(open_outputs);
  if (status >= 0) status = lib().avfilter_graph_config(graph, nullptr);
  if (status < 0) return refused(chain, status);
  return g;
}

int FilterGraph::send(AVFrame* picture) { return lib().av_buffersrc_add_frame(source_, picture); }

int FilterGraph::receive(AVFrame* picture) { return lib().av_buffersink_get_frame(sink_, picture); }

AVRational FilterGraph::time_base() const { return lib().av_buffersink_get_time_base(sink_); }

}  // namespace tessera::media

// The statistics extension. Clients read every counter, and as a number: none may be missing.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static Json duration(std::uint64_t count, std::uint64_t ns) { return {{"count", count}, {"ns", ns}}; }

static Json statistics_of(const serve::LoadedModel& model) {
  const serve::Counters& all = model.counters();
  const std::uint64_t answered = all.answered, runs = all.runs;
  return {{"name", model.name()},
          {"version", model.version_text()},
          {"last_inference", all.last_ms.load()},
          {"inference_count", all.rows.load()},
          {"execution_count", runs},
          {"inference_stats",
           {{"success", duration(answered, all.answered_ns)},
            {"fail", duration(all.failed, all.failed_ns)},
            {"queue", duration(answered, 0)},  // a request runs at once, on the thread that read it
            {"compute_input", duration(answered, all.input_ns)},
            {"compute_infer", duration(answered, all.infer_ns)},
            {"compute_output", duration(answered, all.output_ns)},
            {"cache_hit", duration(0, 0)},
            {"cache_miss", duration(0, 0)}}},
          {"response_stats", Json::object()},
          {"batch_stats", Json::array()},
          {"memory_usage", Json::array()}};
}

static HttpResponse statistics(const Call& call) {
  Json list = Json::array();
  if (call.model.empty()) {
    for (const auto& [_, served] : *call.context.engine.models())
      if (served.current) list.push_back(statistics_of(*served.current));
  } else {
    const auto model = call.context.engine.find(call.model, call.version);
    if (!model) return serve::to_response(model.error());
    list.push_back(statistics_of(**model));
  }
  return json_response({{"model_stats", list}});
}

void add_statistics(EndpointCatalog& catalog) {
  catalog.add({.name = "statistics",
               .help = "Counts and times of the inferences of one model, or of all",
               .method = "GET",
               .paths = {"/v2/models/stats", "/v2/models/{model}/stats", "/v2/models/{model}/versions/{version}/stats"},
               .answer = statistics});
}

}  // namespace upkeep::endpoints

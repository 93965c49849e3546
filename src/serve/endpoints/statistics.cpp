// The statistics extension. Clients read every counter, and as a number: none may be missing.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static Json duration(std::uint64_t count, std::uint64_t ns) { return {{"count", count}, {"ns", ns}}; }

static Json batches_of(const serve::ServedVersion& version) {
  Json list = Json::array();
  for (const auto& [rows, one] : version.batch_counts())
    list.push_back({{"batch_size", rows},
                    {"compute_input", duration(one.runs, one.input_ns)},
                    {"compute_infer", duration(one.runs, one.infer_ns)},
                    {"compute_output", duration(one.runs, one.output_ns)}});
  return list;
}

static Json statistics_of(const serve::ServedVersion& version) {
  const serve::Counters& all = version.counters();
  const std::uint64_t answered = all.answered;
  return {{"name", version.name()},
          {"version", version.version_text()},
          {"last_inference", all.last_ms.load()},
          {"inference_count", all.rows.load()},
          {"execution_count", all.runs.load()},
          {"inference_stats",
           {{"success", duration(answered, all.answered_ns)},
            {"fail", duration(all.failed, all.failed_ns)},
            {"queue", duration(answered, all.queue_ns)},
            {"compute_input", duration(answered, all.input_ns)},
            {"compute_infer", duration(answered, all.infer_ns)},
            {"compute_output", duration(answered, all.output_ns)},
            {"cache_hit", duration(0, 0)},
            {"cache_miss", duration(0, 0)}}},
          {"response_stats", Json::object()},
          {"batch_stats", batches_of(version)},
          {"memory_usage", Json::array({{{"type", "CPU"}, {"id", 0}, {"byte_size", version.resident_bytes()}}})}};
}

static serve::Answer<Json> statistics(const Request& request) {
  Json list = Json::array();
  const auto models = request.context.engine.models();
  if (request.model.empty()) {
    for (const auto& [_, served] : *models)
      for (const auto& [number, version] : served.versions) list.push_back(statistics_of(*version));
  } else {
    const auto version = request.context.engine.find(request.model, request.version);
    if (!version) return std::unexpected(version.error());
    if (const auto served = models->find(request.model); request.version.empty() && served != models->end())
      for (const auto& [number, one] : served->second.versions) list.push_back(statistics_of(*one));
    else list.push_back(statistics_of(**version));
  }
  return Json{{"model_stats", list}};
}

void add_statistics(EndpointCatalog& catalog) {
  catalog.add({.name = "statistics",
               .help = "Counts and times of the inferences of one version, of a model's versions, or of all",
               .method = "GET",
               .paths = {"/v2/models/stats", "/v2/models/{model}/stats", "/v2/models/{model}/versions/{version}/stats"},
               .rpc = "ModelStatistics",
               .document = statistics});
}

}  // namespace upkeep::endpoints

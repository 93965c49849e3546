// For Prometheus.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static void metrics(const HttpCall& call, Responder respond) {
  serve::LogCounts counts;
  if (const PredictionLog* log = call.context.log) counts = {.written = log->written(), .dropped = log->dropped(), .failed = log->failed()};
  if (const LogKeeper* keeper = call.context.keeper) {
    const LogRounds rounds = keeper->rounds();
    counts.rounds = rounds.rounds;
    counts.compacted = rounds.compacted_files;
    counts.expired = rounds.expired_files;
    counts.problems = rounds.failures;
  }
  call.context.telemetry.log(counts);
  for (const auto& [name, served] : *call.context.engine.models())
    for (const auto& [number, version] : served.versions) call.context.telemetry.waiting(name, number, version->waiting());
  call.context.telemetry.registry_reachable(call.context.engine.registry_problem().empty());
  respond({.body = call.context.telemetry.text(), .content_type = "text/plain; version=0.0.4; charset=utf-8"});
}

void add_metrics(EndpointCatalog& catalog) {
  catalog.add({.name = "metrics",
               .help = "Counters and latency histograms in Prometheus's text format",
               .method = "GET",
               .paths = {"/metrics"},
               .http = metrics});
}

}  // namespace upkeep::endpoints

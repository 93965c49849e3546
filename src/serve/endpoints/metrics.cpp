// For Prometheus.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static HttpResponse metrics(const Call& call) {
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
  return {.body = call.context.telemetry.text(), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

void add_metrics(EndpointCatalog& catalog) {
  catalog.add({.name = "metrics",
               .help = "Counters and latency histograms in Prometheus's text format",
               .method = "GET",
               .paths = {"/metrics"},
               .answer = metrics});
}

}  // namespace upkeep::endpoints

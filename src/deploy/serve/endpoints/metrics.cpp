// For Prometheus.

#include "deploy/serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static HttpResponse metrics(const Call& call) {
  if (const PredictionLog* log = call.context.log)
    call.context.telemetry.log({.written = log->written(), .dropped = log->dropped(), .failed = log->failed()});
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

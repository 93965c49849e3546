// What the server does now, in one document: for its page, and for people with curl.

#include <chrono>

#include "serve/endpoints/endpoint.hpp"
#include "serve/engine/memory.hpp"

namespace upkeep::endpoints {

static Json of_version(const serve::ServedVersion& version, const serve::ServedModel& served) {
  const serve::Counters& sums = version.counters();
  Json names = Json::array();
  for (const auto& [alias, number] : served.aliases)
    if (number == version.version()) names.push_back(alias);
  return {{"name", version.name()},
          {"version", version.version_text()},
          {"names", names},
          {"default", version.version() == served.current},
          {"state", "READY"},
          {"reason", ""},
          {"answered", sums.answered.load()},
          {"failed", sums.failed.load()},
          {"waiting", version.waiting()},
          {"running", version.running()},
          {"rows", sums.rows.load()},
          {"runs", sums.runs.load()},
          {"queue_ns", sums.queue_ns.load()},
          {"infer_ns", sums.infer_ns.load()},
          {"memory_bytes", version.resident_bytes()},
          {"merges_requests", version.batching().merges},
          {"why_not_merged", version.batching().why_not}};
}

static Json missing(const std::string& name, const std::string& version, const std::string& reason) {
  return {{"name", name}, {"version", version}, {"names", Json::array()}, {"state", "UNAVAILABLE"}, {"reason", reason}};
}

static serve::Answer<Json> status(const Request& request) {
  const Context& context = request.context;
  Json models = Json::array(), errors = Json::array(), notes = Json::array();
  for (const auto& [name, served] : *context.engine.models()) {
    for (const auto& [_, version] : served.versions) models.push_back(of_version(*version, served));
    for (const auto& [number, problem] : served.problems) models.push_back(missing(name, std::to_string(number), problem));
    if (served.taken_off) models.push_back(missing(name, "", "unloaded by request"));
  }
  for (const serve::RecentError& error : context.inference.errors().list())
    errors.push_back({{"time", to_iso8601(error.time)},
                      {"model", error.model},
                      {"version", error.version},
                      {"request_id", error.request_id},
                      {"status", error.status},
                      {"message", error.message}});
  if (context.draining) notes.push_back("The server is shutting down.");
  if (!context.engine.registry_problem().empty())
    notes.push_back("The registry cannot be read: what is loaded serves on, promotions do not arrive.");
  if (!context.log) notes.push_back("Predictions are not logged.");
  return Json{{"version", UPKEEP_VERSION},
              {"up_seconds", std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - context.started).count()},
              {"resident_bytes", serve::resident_memory()},
              {"queued_bytes", context.inference.queued_bytes()},
              {"models", models},
              {"errors", errors},
              {"notes", notes}};
}

void add_status(EndpointCatalog& catalog) {
  catalog.add({.name = "status",
               .help = "Models, versions, queues, memory and recent errors",
               .method = "GET",
               .paths = {"/v2/status"},
               .document = status});
}

}  // namespace upkeep::endpoints

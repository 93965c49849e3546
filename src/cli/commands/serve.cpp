// upkeep serve: answers requests with every model of a registry that has the alias.

#include "base/byte_size.hpp"
#include "base/duration.hpp"
#include "base/format.hpp"
#include "base/note_format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "serve/server.hpp"

namespace upkeep::commands {

struct ServeOptions {
  std::string registry = "registry";
  std::string artifacts;
  std::string alias = "production";
  std::string versions = "alias";
  std::string address = "127.0.0.1";
  int http_port = 8080;
  int grpc_port = 0;
  int http_threads = 2;
  int model_threads = 1;
  int instances = 0;
  std::int64_t max_batch_rows = 64;
  std::int64_t max_delay_us = 0;
  std::int64_t max_queue = 1000;
  std::string memory = "0";
  bool log_predictions = true;
  std::string log;
  double log_segment_seconds = 5;
  std::string log_compact = "1h";
  std::string log_keep = "0";
  std::int64_t poll_ms = 200;
  std::int64_t max_body_bytes = std::int64_t{64} << 20;
  std::int64_t drain_ms = 25'000;
  std::int64_t lame_duck_ms = 0;
  bool check = true;
  double check_seconds = 60;
  std::int64_t check_memory_mb = 8192;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  std::string tokens;
  bool allow_anonymous = false;
  std::vector<std::string> explain;
  std::int64_t explain_budget = 200'000;
  std::string audit_log;
  std::string log_format = "text";
  std::string otlp_endpoint;
  double trace_ratio = 1;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::ServeOptions;

template <>
inline const Settings settings<ServeOptions> = describe<ServeOptions>(
    "serve", "answer requests with the models of a registry (Open Inference Protocol v2 over HTTP and gRPC)",
    field("registry", &ServeOptions::registry, "a folder, sqlite:FILE, or postgresql://USER@HOST/DATABASE"),
    field("artifacts", &ServeOptions::artifacts, "of the registry: a folder, or s3://BUCKET/PREFIX (default: what it was made with)"),
    field("alias", &ServeOptions::alias, "which version of each model: its aliases, separated by commas; the first one answers by default"),
    field("versions", &ServeOptions::versions, "alias: only those; latest:2: the two newest beside them; all: every version"),
    field("address", &ServeOptions::address, "where to listen; 0.0.0.0 for every interface"),
    field("http_port", &ServeOptions::http_port, "0: any free one, which is printed", range(0, 65535)),
    field("grpc_port", &ServeOptions::grpc_port, "another port that speaks the same; 0: none, the HTTP port speaks gRPC too",
          range(0, 65535)),
    field("http_threads", &ServeOptions::http_threads, "threads that read and write; they never run a model", range(1, 1024)),
    field("model_threads", &ServeOptions::model_threads, "threads of the runtime within one run", range(1, 1024)),
    field("instances", &ServeOptions::instances, "runs of one version at once; 0: one for each core", range(0, 1024)),
    field("max_batch_rows", &ServeOptions::max_batch_rows,
          "rows of different requests that share a run, where that changes no answer; 1: none do", range(1, 1e6)),
    field("max_delay_us", &ServeOptions::max_delay_us, "how long a run that is not full waits for more rows", "us", range(0, 1e7)),
    field("max_queue", &ServeOptions::max_queue, "requests of one version that wait; beyond it they are refused with 503", range(1, 1e6)),
    field("memory", &ServeOptions::memory,
          "of all loaded models: 8GiB; beyond it the least used leave memory until their next request; 0: no limit"),
    field("log_predictions", &ServeOptions::log_predictions, "keep every prediction for the monitor"),
    field("log", &ServeOptions::log, "folder of the prediction log (default: the registry's; with PostgreSQL and S3 it has to be given)"),
    field("log_segment_seconds", &ServeOptions::log_segment_seconds, "a prediction is in the log after this at the latest", "s",
          range(0.1, 3600)),
    field("log_compact", &ServeOptions::log_compact, "so often small files of the log are put together: 10m, 1h; 0: never"),
    field("log_keep", &ServeOptions::log_keep, "days of the log, labels included, that ended longer ago are removed: 90d; 0: none is"),
    field("poll_ms", &ServeOptions::poll_ms, "how often promotions are looked for", "ms", range(1, 3'600'000)),
    field("max_body_bytes", &ServeOptions::max_body_bytes, "largest request", "bytes", range(1024, 1e12)),
    field("drain_ms", &ServeOptions::drain_ms, "after SIGTERM, longest wait for requests under way", "ms", range(0, 3'600'000)),
    field("lame_duck_ms", &ServeOptions::lame_duck_ms, "after SIGTERM, time unready but still accepting", "ms", range(0, 3'600'000)),
    field("check", &ServeOptions::check, "open a new version in a process of its own first (upkeep check)"),
    field("check_seconds", &ServeOptions::check_seconds, "longest that this may take", "s", range(0.1, 86'400)),
    field("check_memory_mb", &ServeOptions::check_memory_mb, "most memory of that process, and four times the file's size", "MB",
          range(256, 1e9)),
    field("tls_certificate", &ServeOptions::tls_certificate, "PEM, then those between it and the authority; read again when it changes"),
    field("tls_key", &ServeOptions::tls_key, "private key of the certificate, PEM"),
    field("tls_client_ca", &ServeOptions::tls_client_ca, "authorities of clients, PEM: without a certificate of theirs nobody is let in"),
    field("tokens", &ServeOptions::tokens, "YAML file of callers and what they may do (upkeep token); read again when it changes"),
    field("allow_anonymous", &ServeOptions::allow_anonymous,
          "callers without a token may do all but what is administrative, also on an address that is not loopback"),
    field("explain", &ServeOptions::explain, "models whose answers are explained on request: names, or patterns with * (default: none)"),
    field("explain_budget", &ServeOptions::explain_budget, "rows that one request for explanations may run", range(1, 1e12)),
    field("audit_log", &ServeOptions::audit_log, "file of administrative calls, JSON lines (default: stderr)"),
    field("log_format", &ServeOptions::log_format, "of what the server says on stderr", one_of({"text", "json"})),
    field("otlp_endpoint", &ServeOptions::otlp_endpoint, "collector of OpenTelemetry for traces, OTLP over HTTP: http://localhost:4318"),
    field("trace_ratio", &ServeOptions::trace_ratio, "share of requests that are traced where the caller does not say (traceparent)",
          range(0, 1)));

}  // namespace upkeep

namespace upkeep::commands {

// This program again. The check's own limits end it where this process does not live to do so.
static serve::CandidateCheck candidate_check(const ServeOptions& options) {
  serve::CandidateCheck check{.time = std::chrono::milliseconds(static_cast<std::int64_t>(options.check_seconds * 1000)),
                              .memory_mb = options.check_memory_mb};
  if (options.check)
    check.command = {"/proc/self/exe", "check",
                     "--threads",      std::to_string(options.model_threads),
                     "--seconds",      upkeep::format("{}", options.check_seconds)};
  return check;
}

static std::optional<serve::TlsFiles> tls_files(const ServeOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty() && options.tls_client_ca.empty()) return {};
  return serve::TlsFiles{.certificate = options.tls_certificate, .key = options.tls_key, .client_ca = options.tls_client_ca};
}

static int serve(const ServeOptions& options, const Ordered&, Output& output) {
  if (options.log_format == "json") set_note_format(NoteFormat::kJson);
  const RegistryAddress registry(options.registry, options.artifacts);
  Server server({.registry = registry,
                 .versions = in_context("--versions", [&] { return serve::version_policy(split(options.alias, ','), options.versions); }),
                 .address = options.address,
                 .http_port = static_cast<std::uint16_t>(options.http_port),
                 .grpc_port = options.grpc_port == 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(options.grpc_port)),
                 .http_threads = options.http_threads,
                 .version = {.threads = options.model_threads,
                             .scheduler = {.instances = serve::instances_or_cores(options.instances, options.model_threads),
                                           .max_batch_rows = options.max_batch_rows,
                                           .max_delay = std::chrono::microseconds(options.max_delay_us),
                                           .max_queue = static_cast<std::size_t>(options.max_queue)}},
                 .memory_bytes = in_context("--memory", [&] { return bytes_from_text(options.memory); }),
                 .log_predictions = options.log_predictions,
                 .log_folder = options.log,
                 .log_segment_seconds = options.log_segment_seconds,
                 .log_compact = in_context("--log-compact", [&] { return duration_from_text(options.log_compact); }),
                 .log_keep = in_context("--log-keep", [&] { return duration_from_text(options.log_keep); }),
                 .poll_ms = options.poll_ms,
                 .max_body_bytes = static_cast<std::size_t>(options.max_body_bytes),
                 .drain_ms = options.drain_ms,
                 .lame_duck_ms = options.lame_duck_ms,
                 .check = candidate_check(options),
                 .tls = tls_files(options),
                 .tokens = options.tokens,
                 .allow_anonymous = options.allow_anonymous,
                 .otlp_endpoint = options.otlp_endpoint,
                 .trace_ratio = options.trace_ratio,
                 .audit_log = options.audit_log,
                 .explaining = {.models = options.explain, .most_evaluations = options.explain_budget}});
  const std::string url = upkeep::format("{}://{}:{}", options.tls_certificate.empty() ? "http" : "https", options.address, server.port());
  output.result({{"url", url}, {"port", server.port()}});
  output.text(url);  // on stdout, so that a script that asked for port 0 can read it
  note(upkeep::format("serving {}@{} on {} (metrics at /metrics); SIGTERM drains", registry.text(), options.alias, url));
  server.run();
  note("drained and stopped");
  return 0;
}

void add_serve(CommandCatalog& catalog) {
  catalog.add(entry<ServeOptions>("deploy", {}, {},
                                  {"upkeep serve --registry reg --http-port 8080",
                                   "curl -s localhost:8080/v2/models/price/infer -d "
                                   "'{\"inputs\": [{\"name\": \"input\", \"shape\": [1, 2], \"datatype\": \"FP32\", \"data\": [1, 2]}]}'"},
                                  serve));
}

}  // namespace upkeep::commands

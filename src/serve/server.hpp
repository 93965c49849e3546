// The production server: Open Inference Protocol v2 over HTTP/1.1, HTTP/2 and gRPC, on one port, for the models of a registry.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/address.hpp"
#include "serve/endpoints/endpoint.hpp"
#include "serve/engine/candidate.hpp"
#include "serve/engine/served_version.hpp"
#include "serve/engine/version_policy.hpp"
#include "serve/explaining/explaining.hpp"
#include "serve/net/tls_files.hpp"

namespace upkeep {

struct ServerOptions {
  RegistryAddress registry;
  serve::VersionPolicy versions = {};  // which versions of each model answer
  std::string address = "127.0.0.1";
  std::uint16_t http_port = 8080;               // 0: any free one; see port()
  std::optional<std::uint16_t> grpc_port = {};  // another port of the same kind, for those who expect gRPC on one of its own
  int http_threads = 2;                         // read and write; they never run a model
  serve::VersionOptions version = {};           // queue, batches, instances of each version
  std::size_t memory_bytes = 0;                 // of all sessions; 0: no limit
  bool log_predictions = true;
  std::filesystem::path log_folder;        // empty: the registry's
  double log_segment_seconds = 5;          // a prediction is in the log after this at the latest
  std::chrono::seconds log_compact{3600};  // so often the log's small files become few; 0: never
  std::chrono::seconds log_keep{0};        // days of the log that ended longer ago go; 0: none does
  std::int64_t poll_ms = 200;              // how often the registry is asked for promotions
  std::size_t max_body_bytes = std::size_t{64} << 20;
  std::int64_t drain_ms = 25'000;  // after SIGTERM, at most
  std::int64_t lame_duck_ms = 0;   // unready, but still accepting, before draining
  serve::CandidateCheck check = {};
  std::optional<serve::TlsFiles> tls = {};          // none: plain
  std::filesystem::path tokens;                     // who may ask what; empty: on a loopback address everybody, elsewhere nobody
  bool allow_anonymous = false;                     // callers without a token may do all but what is administrative
  std::string otlp_endpoint;                        // of a collector of OpenTelemetry; empty: nothing is traced
  double trace_ratio = 1;                           // of requests whose callers do not say whether they are traced
  std::filesystem::path audit_log;                  // of administrative calls; empty: stderr
  bool handle_signals = true;                       // SIGTERM and SIGINT end run()
  serve::ExplainingOptions explaining = {};         // whose predictions are explained
  std::vector<endpoints::Endpoint> endpoints = {};  // of the program that the server is in
};

// While a Server that handles signals lives, SIGTERM and SIGINT are its: the first one ends run(), the second one of a kind ends the
// process at once.
class Server {
 public:
  // Loads the models, listens, and answers from now on. Throws Error (a port in use, no registry, ...); a model that cannot be loaded
  // is a note, unreadiness and a reason in the index, and does not keep the others from being served.
  explicit Server(const ServerOptions& options);
  ~Server();
  std::uint16_t port() const;
  void run();   // until stop(), SIGTERM or SIGINT; drains; returns when the last request is answered
  void stop();  // any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep

// The inference server inside a program of one's own: every model of a registry over HTTP and gRPC, and endpoints that the program adds.
//
//   operate::Server server({.registry = "registry", .http_port = 8080,
//                           .endpoints = {{.path = "/hello", .answer = [](const operate::WebRequest&) { return operate::WebResponse{.body =
//                           "hi"}; }}}});
//   server.run();  // until SIGTERM; or go on with other work, and end with server.shut_down()
//
// It answers from the moment it is made. Methods may be called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep::operate {

struct WebRequest {
  std::string_view method;  // "GET"
  std::string_view path;    // without the query
  std::string_view body;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view caller;  // of its token or certificate; empty: anonymous

  std::string_view header(std::string_view name) const;  // in any case; "" when absent
};

struct WebResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

// Answered by threads in the background, several at once; what it throws is answered with 500. Needs a known caller where the server knows
// callers, as the models do.
struct WebEndpoint {
  std::string method = "GET";
  std::string path;  // "/hello"; not one that the server has itself
  std::string help;  // one line, for the OpenAPI document
  std::function<WebResponse(const WebRequest&)> answer;
};

// The options of `upkeep serve`, which says more of each.
struct ServerSettings {
  std::string registry = "registry";  // a folder, sqlite:FILE, or postgresql://USER@HOST/DATABASE
  std::string artifacts;              // a folder, or s3://BUCKET/PREFIX; empty: what the registry was made with
  std::vector<std::string> aliases = {"production"};
  std::string versions = "alias";  // alias, latest:N, all
  std::string address = "127.0.0.1";
  std::uint16_t http_port = 0;  // 0: any free one; speaks HTTP/1.1, HTTP/2 and gRPC
  int http_threads = 2;
  int model_threads = 1;             // of the runtime within one run
  int instances = 0;                 // runs of one version at once; 0: one for each core
  std::int64_t max_batch_rows = 64;  // rows of different requests in one run; 1: none are merged
  std::int64_t max_delay_us = 0;
  std::size_t max_queue = 1000;  // requests of one version
  std::size_t memory_bytes = 0;  // of all loaded models; 0: no limit
  bool log_predictions = true;
  std::filesystem::path log_folder;  // empty: the registry's
  double log_segment_seconds = 5;
  std::filesystem::path tls_certificate, tls_key, tls_client_ca;  // PEM; empty: plain
  std::filesystem::path tokens;                                   // YAML; empty: on a loopback address everybody, elsewhere nobody
  bool allow_anonymous = false;
  std::vector<std::string> explain;       // models whose answers are explained on request: names, or patterns with *
  std::int64_t explain_budget = 200'000;  // rows that one such request may run
  std::int64_t drain_ms = 25'000;
  bool handle_signals = true;  // SIGTERM and SIGINT end run()
  std::vector<WebEndpoint> endpoints;
};

class Server {
 public:
  // Loads the models and listens. Throws Error: kNotFound (no registry), kAlreadyExists (the port is in use), kInvalidArgument. A model
  // that cannot be loaded is unreadiness and a note, and does not keep the others from being served.
  explicit Server(ServerSettings settings);
  ~Server();  // drops what is still open
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;

  std::uint16_t port() const;
  void run();        // until stop(), or a signal; drains; returns when the last request is answered, or after drain_ms
  void stop();       // ends run()
  void shut_down();  // stop() and run(): where nobody runs it
 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::operate

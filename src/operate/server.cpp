#include "upkeep/server.hpp"

#include "base/names.hpp"
#include "serve/server.hpp"

namespace upkeep::operate {

std::string_view WebRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (serve::equal_ignoring_case(key, name)) return value;
  return {};
}

static endpoints::Endpoint endpoint_of(const WebEndpoint& own) {
  const auto answer = [own](const endpoints::HttpCall& call, serve::Responder respond) {
    WebResponse made = own.answer({.method = call.http.method,
                                   .path = call.http.path,
                                   .body = call.http.body,
                                   .headers = call.http.headers,
                                   .caller = call.caller.name});
    respond({.status = made.status,
             .body = std::move(made.body),
             .content_type = std::move(made.content_type),
             .headers = std::move(made.headers)});
  };
  return {.name = "own" + own.path,
          .help = own.help,
          .role = endpoints::Role::kAny,
          .method = own.method,
          .paths = {own.path},
          .waits = true,
          .http = answer};
}

static ServerOptions options_of(const ServerSettings& settings) {
  ServerOptions options{.registry = RegistryAddress(settings.registry, settings.artifacts),
                        .versions = serve::version_policy(settings.aliases, settings.versions),
                        .address = settings.address,
                        .http_port = settings.http_port,
                        .http_threads = settings.http_threads,
                        .version = {.threads = settings.model_threads,
                                    .scheduler = {.instances = serve::instances_or_cores(settings.instances, settings.model_threads),
                                                  .max_batch_rows = settings.max_batch_rows,
                                                  .max_delay = std::chrono::microseconds(settings.max_delay_us),
                                                  .max_queue = settings.max_queue}},
                        .memory_bytes = settings.memory_bytes,
                        .log_predictions = settings.log_predictions,
                        .log_folder = settings.log_folder,
                        .log_segment_seconds = settings.log_segment_seconds,
                        .drain_ms = settings.drain_ms,
                        .tokens = settings.tokens,
                        .allow_anonymous = settings.allow_anonymous,
                        .handle_signals = settings.handle_signals,
                        .explaining = {.models = settings.explain, .most_evaluations = settings.explain_budget}};
  if (!settings.tls_certificate.empty())
    options.tls = serve::TlsFiles{.certificate = settings.tls_certificate, .key = settings.tls_key, .client_ca = settings.tls_client_ca};
  for (const WebEndpoint& own : settings.endpoints) options.endpoints.push_back(endpoint_of(own));
  return options;
}

struct Server::State {
  explicit State(const ServerSettings& settings) : server(options_of(settings)) {}
  upkeep::Server server;
};

Server::Server(ServerSettings settings) : state_(std::make_unique<State>(settings)) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

std::uint16_t Server::port() const { return state_->server.port(); }
void Server::run() { state_->server.run(); }
void Server::stop() { state_->server.stop(); }

void Server::shut_down() {
  stop();
  run();
}

}  // namespace upkeep::operate

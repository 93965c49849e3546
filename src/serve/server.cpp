#include "serve/server.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>

#include "base/format.hpp"
#include "base/progress.hpp"
#include "registry/kept_profile.hpp"
#include "serve/grpc/call.hpp"
#include "serve/grpc/service.hpp"
#include "serve/http/http1.hpp"
#include "serve/http2/connection.hpp"
#include "serve/http2/plain.hpp"
#include "serve/net/listener.hpp"
#include "serve/service.hpp"

namespace upkeep {

using namespace serve;

// What ends run(): a number in the kernel, because a signal handler may do no more than write to it.
class StopEvent {
 public:
  StopEvent() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw Error(ErrorCode::kIo, "no file descriptor is left");
  }
  ~StopEvent() { ::close(descriptor_); }
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;

  int descriptor() const { return descriptor_; }
  void raise() const { ::eventfd_write(descriptor_, 1); }
  // Negative: for ever.
  void wait(int milliseconds) const {
    pollfd watched{descriptor_, POLLIN, 0};
    while (::poll(&watched, 1, milliseconds) < 0 && errno == EINTR) continue;
  }

 private:
  int descriptor_;
};

// While it lives, SIGTERM and SIGINT raise the event. The second signal of a kind ends the process at once.
class SignalScope {
 public:
  explicit SignalScope(const StopEvent& event) {
    target = event.descriptor();
    struct sigaction action{};
    action.sa_handler = [](int) {
      const int saved = errno;
      ::eventfd_write(target, 1);
      errno = saved;
    };
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    ::sigaction(SIGTERM, &action, &term_);
    ::sigaction(SIGINT, &action, &interrupt_);
  }
  ~SignalScope() {
    ::sigaction(SIGTERM, &term_, nullptr);
    ::sigaction(SIGINT, &interrupt_, nullptr);
    target = -1;
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  static std::atomic<int> target;
  struct sigaction term_{}, interrupt_{};
};
std::atomic<int> SignalScope::target{-1};

// On a loopback address, who is on the machine may do everything, as with any file; elsewhere nobody may anything until it is said who.
static AccessOptions access_options(const ServerOptions& options) {
  const bool knows_callers = !options.tokens.empty() || (options.tls && !options.tls->client_ca.empty());
  AccessOptions access{.tokens = options.tokens};
  if (options.allow_anonymous) access.anonymous = Anonymous::kAllButAdmin;
  if (is_loopback(options.address)) {
    if (!knows_callers) access.anonymous = Anonymous::kAll;
    return access;
  }
  if (options.allow_anonymous)
    note(upkeep::format("everybody who reaches {} may use the models (--allow-anonymous); administrative calls need a token",
                        options.address));
  else if (!knows_callers)
    note(
        upkeep::format("{} can be reached from other machines, and nobody may ask for more than the server's health: name the callers with "
                       "--tokens FILE or --tls-client-ca FILE, or let everybody in with --allow-anonymous",
                       options.address));
  if (!options.tokens.empty() && !options.tls)
    note("tokens travel in clear text: give --tls-certificate and --tls-key, unless a proxy in front has them");
  return access;
}

struct Server::State {
  explicit State(const ServerOptions& options_in)
      : options(options_in),
        signals(options_in.handle_signals ? std::optional<SignalScope>(std::in_place, stop) : std::nullopt),
        engine({.registry = options.registry,
                .versions = options.versions,
                .version = options.version,
                .check = options.check,
                .memory_bytes = options.memory_bytes},
               telemetry),
        shared(context()),
        service(shared, options.max_body_bytes),
        listener(
            {.addresses = addresses(), .threads = options.http_threads, .tls = options.tls, .every_second = [this] { access.refresh(); }},
            {.http1 = http1({.max_body_bytes = options.max_body_bytes}, plain.handler),
             .http2 = speak_http2({}, [this](Http2Session& session, std::int32_t stream, Http2Head head) {
               return is_grpc(head) ? open_grpc(calls, session, stream, head) : open_plain(plain, session, stream, std::move(head));
             })}) {
    engine.watch(std::chrono::milliseconds(std::max<std::int64_t>(options.poll_ms, 1)));
  }

  ~State() {  // while connections are there to answer to
    engine.stop();
    explaining.reset();
  }

  endpoints::Context context() {
    if (options.log_predictions) {
      const auto folder = options.log_folder.empty() ? log_folder_of(options.registry) : options.log_folder;
      log.emplace(PredictionLogOptions{.folder = folder,
                                       .segment_seconds = options.log_segment_seconds,
                                       .reference = [registry = options.registry](const std::string& model, std::int64_t version) {
                                         const Registry opened = Registry::existing(registry);
                                         return kept_profile(opened.version(model, version), opened);
                                       }});
      keeper.emplace(LogPolicy{.folder = folder, .compact_every = options.log_compact, .keep = options.log_keep});
    }
    if (!options.otlp_endpoint.empty()) traces.emplace(TraceOptions{.endpoint = options.otlp_endpoint, .ratio = options.trace_ratio});
    inference.emplace(log ? &*log : nullptr, std::size_t{1} << 30, traces ? &*traces : nullptr);
    if (!options.explaining.models.empty()) explaining.emplace(options.registry, options.explaining);
    return {.engine = engine,
            .inference = *inference,
            .telemetry = telemetry,
            .log = log ? &*log : nullptr,
            .keeper = keeper ? &*keeper : nullptr,
            .draining = draining,
            .access = &access,
            .audit = &audit,
            .own = &options.endpoints,
            .explaining = explaining ? &*explaining : nullptr};
  }

  std::vector<ListenAddress> addresses() const {
    std::vector<ListenAddress> all{{.address = options.address, .port = options.http_port}};
    if (options.grpc_port) all.push_back({.address = options.address, .port = *options.grpc_port});
    return all;
  }

  ServerOptions options;
  StopEvent stop;
  std::optional<SignalScope> signals;  // before the first request is taken, so that none is lost to a signal
  std::atomic<bool> draining{false};
  Access access{access_options(options)};
  Audit audit{options.audit_log};
  Telemetry telemetry;
  std::optional<PredictionLog> log;
  std::optional<LogKeeper> keeper;
  std::optional<Traces> traces;
  std::optional<Inference> inference;
  std::optional<Explaining> explaining;
  Engine engine;
  endpoints::Context shared;
  Service service;
  Background loads{1};  // what calls of gRPC wait for
  PlainHttp plain{.handler = [this](const HttpRequest& request, Responder respond) { service.handle(request, std::move(respond)); },
                  .max_body_bytes = options.max_body_bytes};
  GrpcBackend calls{.context = shared,
                    .max_message_bytes = options.max_body_bytes,
                    .background = [this](std::move_only_function<void()> work) { loads.post(std::move(work)); }};
  Listener listener;  // ends first: nothing is asked any more when the rest goes
};

Server::Server(const ServerOptions& options) : state_(std::make_unique<State>(options)) {}
Server::~Server() = default;

std::uint16_t Server::port() const { return state_->listener.port(); }

void Server::run() {
  state_->stop.wait(-1);
  state_->draining = true;  // unready from now on
  if (state_->options.lame_duck_ms > 0) {
    state_->listener.wind_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(state_->options.lame_duck_ms));
  }
  if (!state_->listener.drain(std::chrono::milliseconds(state_->options.drain_ms)))
    note(upkeep::format("some connections were still open after {} ms", state_->options.drain_ms));
  if (state_->log) state_->log->flush();
}

void Server::stop() { state_->stop.raise(); }

}  // namespace upkeep
